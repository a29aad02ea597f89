//! A breaker's configuration in its cell, and what a change of it does to the window.
//!
//! # Orderings
//! - SYNC-WORD (`word::cell`): a creator writes the fields before the state word, so whoever sees the word sees them.
//! - SYNC-EPOCH: a reconfiguration raises the epoch (Release) after the fields; a roll of the window that stores the end
//!   of its tick meets it at `next_tick` (see `breaker::record`).

use super::fields::Fields;
use crate::config::{Config, FIELDS, Field, Rules, Values};
use crate::prim::{AtomicU32, Ordering};

/// The fields in the order of `config::Field`, and the number of times that the window's own fields changed.
#[repr(C)]
pub(crate) struct Settings {
    fields: Fields<{ FIELDS.len() }>,
    window_epoch: AtomicU32,
}

/// The fields whose change empties the window (S11).
const WINDOW_FIELDS: [Field; 4] =
    [Field::Window, Field::WindowLength, Field::WindowBuckets, Field::WindowCalls];

impl Settings {
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self { fields: Fields::new(), window_epoch: AtomicU32::new(0) }
    }

    /// Writes the fields that nobody has written; one creator or many, in any order (DESIGN 6: they help).
    pub(crate) fn initialise(&self, config: &Config) {
        self.fields.initialise(&config.values);
    }

    /// Replaces the configuration; empties the window if its own fields change.
    pub(crate) fn replace(&self, config: &Config) {
        let old = self.values();
        let changed = WINDOW_FIELDS.iter().any(|&f| old[f as usize] != config.values[f as usize]);
        if changed {
            // Once before the fields too: a kill between leaves an emptied window, not an old one under new rules.
            self.empty_window(self.window_epoch());
        }
        self.fields.replace(&config.values);
        if changed {
            self.empty_window(self.window_epoch());
        }
    }

    /// Gives the window a new tag, unless its epoch is no longer the one that the caller saw.
    pub(crate) fn empty_window(&self, epoch: u32) {
        let next = epoch.wrapping_add(1);
        // ORDERING: AcqRel, SYNC-EPOCH.
        let _ = self.window_epoch.compare_exchange(epoch, next, Ordering::AcqRel, Ordering::Acquire);
    }

    pub(crate) fn window_epoch(&self) -> u32 {
        // ORDERING: Acquire, SYNC-EPOCH.
        self.window_epoch.load(Ordering::Acquire)
    }

    fn values(&self) -> Values {
        self.fields.values(&FIELDS)
    }

    /// The configuration made ready for decisions, in range whatever the memory holds.
    pub(crate) fn rules(&self) -> Rules {
        Rules::new(self.values())
    }

    /// The configuration as it stands.
    pub(crate) fn config(&self) -> Config {
        Config { values: self.values() }
    }

    /// From this duration (ns) on a call is slow; where none is, longer than any permit lives.
    #[inline(always)]
    pub(crate) fn slow_from(&self) -> u64 {
        // A stored 0 reads as u32::MAX ms.
        u64::from(self.fields.word(Field::SlowCall as usize)) * 1_000_000
    }

    /// How far ahead the end of the newest tick may lie for a record not to look closer, ns: the window.
    #[inline(always)]
    pub(crate) fn farthest_tick(&self) -> u64 {
        u64::from(self.fields.word(Field::WindowLength as usize)) * 1_000_000
    }
}
