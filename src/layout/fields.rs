//! A configuration in a cell: one atomic per field (S11).
//!
//! A zero word is a field that no creator has written yet, so a field that is 0 is stored as `u32::MAX`.

use crate::config::Spec;
use crate::prim::Ordering;
// The fields are quiet under loom: no model changes a configuration, and each read would be a point to branch at.
use std::sync::atomic::AtomicU32;

/// Fields in the order of their table.
#[repr(C)]
pub(crate) struct Fields<const N: usize>([AtomicU32; N]);

impl<const N: usize> Fields<N> {
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| AtomicU32::new(0)))
    }

    /// Writes the fields that nobody has written; one creator or many, in any order (DESIGN 6: they help).
    pub(crate) fn initialise(&self, values: &[u32; N]) {
        for (field, &value) in self.0.iter().zip(values) {
            // ORDERING: Relaxed; a breaker's state word publishes them (SYNC-WORD). Elsewhere each stands for itself.
            let _ = field.compare_exchange(0, stored(value), Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Every field was written.
    #[cfg(not(loom))]
    pub(crate) fn are_whole(&self) -> bool {
        // ORDERING: Relaxed; as above.
        self.0.iter().all(|field| field.load(Ordering::Relaxed) != 0)
    }

    /// Replaces them all.
    pub(crate) fn replace(&self, values: &[u32; N]) {
        for (field, &value) in self.0.iter().zip(values) {
            // ORDERING: Relaxed; a call may see old and new mixed (S11).
            field.store(stored(value), Ordering::Relaxed);
        }
    }

    /// The values, in range whatever the memory holds.
    pub(crate) fn values(&self, table: &[Spec; N]) -> [u32; N] {
        std::array::from_fn(|i| {
            let Spec { min, max, .. } = table[i];
            loaded(self.word(i), min).clamp(min, max)
        })
    }

    /// A field as it is stored.
    #[inline(always)]
    pub(crate) fn word(&self, field: usize) -> u32 {
        // ORDERING: Relaxed; see `replace`.
        self.0[field].load(Ordering::Relaxed)
    }
}

const fn stored(value: u32) -> u32 {
    if value == 0 { u32::MAX } else { value }
}

const fn loaded(word: u32, min: u32) -> u32 {
    if min == 0 && word == u32::MAX { 0 } else { word }
}
