//! The configuration in a cell: one atomic per field (S11).
//!
//! A zero word is a field that no creator has written yet, so a field that is 0 is stored as `u32::MAX`.
//!
//! # Orderings
//! - SYNC-WORD (`word::cell`): a creator writes the fields before the state word, so whoever sees the word sees them.
//! - SYNC-EPOCH: a reconfiguration raises the epoch (Release) after the fields; a roll of the window that stores the end
//!   of its tick meets it at `next_tick` (see `breaker::record`).

use crate::config::{Config, FIELDS, Field, Rules, Spec, Values};
use crate::prim::{AtomicU32, Ordering};
// The fields are quiet under loom: no model changes a configuration, and each read would be a point to branch at.
use std::sync::atomic::AtomicU32 as Quiet;

/// The fields in the order of `config::Field`, and the number of times that the window's own fields changed.
#[repr(C)]
pub(crate) struct Settings {
    fields: [Quiet; FIELDS.len()],
    window_epoch: AtomicU32,
}

/// The fields whose change empties the window (S11).
const WINDOW_FIELDS: [Field; 4] =
    [Field::Window, Field::WindowLength, Field::WindowBuckets, Field::WindowCalls];

impl Settings {
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self { fields: std::array::from_fn(|_| Quiet::new(0)), window_epoch: AtomicU32::new(0) }
    }

    /// Writes the fields that nobody has written; one creator or many, in any order (DESIGN 6: they help).
    pub(crate) fn initialise(&self, config: &Config) {
        for (field, value) in self.fields.iter().zip(config.values) {
            // ORDERING: Relaxed; the state word publishes them (SYNC-WORD).
            let _ = field.compare_exchange(0, stored(value), Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Replaces the configuration; empties the window if its own fields change.
    pub(crate) fn replace(&self, config: &Config) {
        let old = self.values();
        let changed = WINDOW_FIELDS.iter().any(|&f| old[f as usize] != config.values[f as usize]);
        if changed {
            // Once before the fields too: a kill between leaves an emptied window, not an old one under new rules.
            self.empty_window(self.window_epoch());
        }
        for (field, value) in self.fields.iter().zip(config.values) {
            // ORDERING: Relaxed; a call may see old and new mixed (S11).
            field.store(stored(value), Ordering::Relaxed);
        }
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
        // ORDERING: Relaxed; see `replace`.
        std::array::from_fn(|i| {
            let Spec { min, max, .. } = FIELDS[i];
            loaded(self.fields[i].load(Ordering::Relaxed), min).clamp(min, max)
        })
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
        // ORDERING: Relaxed; see `replace`. A stored 0 reads as u32::MAX ms.
        u64::from(self.fields[Field::SlowCall as usize].load(Ordering::Relaxed)) * 1_000_000
    }

    /// How far ahead the end of the newest tick may lie for a record not to look closer, ns: the window.
    #[inline(always)]
    pub(crate) fn farthest_tick(&self) -> u64 {
        // ORDERING: Relaxed; see `replace`.
        u64::from(self.fields[Field::WindowLength as usize].load(Ordering::Relaxed)) * 1_000_000
    }
}

const fn stored(value: u32) -> u32 {
    if value == 0 { u32::MAX } else { value }
}

const fn loaded(word: u32, min: u32) -> u32 {
    if min == 0 && word == u32::MAX { 0 } else { word }
}
