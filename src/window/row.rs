//! Failures in a row.
//!
//! # Orderings
//! One word, and every change of it is an unconditional store or a CAS of the whole: the count needs no ordering
//! against other memory, for whoever completes the row is the one whose own CAS reached the number, and is told so. All
//! Relaxed.

use crate::prim::{AtomicU64, Ordering};
use crate::word::Tag;

/// How many failures followed each other; zero, or a count under the tag of its generation.
#[repr(C)]
pub(crate) struct Row(AtomicU64);

impl Row {
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Nothing to end: what the fast path of a success asks.
    #[inline(always)]
    pub(crate) fn is_clear(&self) -> bool {
        // ORDERING: Relaxed; see the head of the file.
        self.0.load(Ordering::Relaxed) == 0
    }

    /// A success ends the row. A store, not a CAS: a failure that comes at the same time is then before or after it.
    pub(crate) fn end(&self) {
        // ORDERING: Relaxed; see the head of the file.
        self.0.store(0, Ordering::Relaxed);
    }

    /// One more failure; the count including it. A caller whose generation is over (it was stopped since it read the
    /// state) leaves a later generation's row alone.
    pub(crate) fn fail(&self, tag: Tag, is_current: impl Fn() -> bool) -> u64 {
        // ORDERING: Relaxed; see the head of the file.
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            if word != 0 && Tag::split(word).0 != tag && !is_current() {
                return 0;
            }
            let count = Self::count(word, tag) + 1;
            // ORDERING: Relaxed; see the head of the file.
            match self.0.compare_exchange_weak(word, tag.over(count), Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return count,
                Err(seen) => word = seen,
            }
        }
    }

    /// The count; that of another generation is none.
    pub(crate) fn get(&self, tag: Tag) -> u64 {
        // ORDERING: Relaxed; see the head of the file.
        Self::count(self.0.load(Ordering::Relaxed), tag)
    }

    fn count(word: u64, tag: Tag) -> u64 {
        match Tag::split(word) {
            (of, count) if of == tag => count,
            _ => 0,
        }
    }
}
