//! A bulkhead's seats: each is free or holds the number of the process whose call has it, so that what a killed process
//! held can be told and taken back.
//!
//! Taking and leaving are one CAS each, and there is no count beside them that a kill could leave wrong.
//!
//! # Orderings
//! - SYNC-SEAT: who leaves a seat frees it (Release), rings the bell (AcqRel), and then looks whether somebody waits
//!   (Acquire). Who waits says so in the queue (Release), touches the bell (AcqRel), and then looks for a seat (Acquire).
//!   Whichever touches the bell second sees what the other did before: a seat is found, or a waiter is woken.

use crate::prim::{AtomicU32, Ordering};
use std::ops::Range;

/// Seats by number. A holder is any number but 0.
#[repr(C)]
pub(crate) struct Seats<const N: usize>([AtomicU32; N]);

/// The word that those who wait sleep on.
#[repr(C)]
pub(crate) struct Bell(AtomicU32);

impl<const N: usize> Seats<N> {
    #[cfg(any(test, loom))]
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| AtomicU32::new(0)))
    }

    /// Takes a free one of the first `limit`.
    pub(crate) fn take(&self, holder: u32, limit: usize) -> Option<usize> {
        self.0.iter().take(limit).position(|seat| {
            // ORDERING: Acquire, SYNC-SEAT; then AcqRel: published to whoever looks for waiters.
            seat.load(Ordering::Acquire) == 0
                && seat.compare_exchange(0, holder, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        })
    }

    /// Leaves a seat; false if it is not this holder's.
    pub(crate) fn leave(&self, seat: usize, holder: u32) -> bool {
        let Some(seat) = self.0.get(seat) else { return false };
        // ORDERING: Release, SYNC-SEAT.
        seat.compare_exchange(holder, 0, Ordering::Release, Ordering::Relaxed).is_ok()
    }

    /// How many of these are taken.
    pub(crate) fn taken(&self, of: Range<usize>) -> usize {
        self.held(of).count()
    }

    /// Whether any is taken.
    pub(crate) fn any(&self) -> bool {
        self.held(0..N).next().is_some()
    }

    /// Who has seats, each once.
    pub(crate) fn holders(&self) -> Vec<u32> {
        let mut holders: Vec<u32> = self.held(0..N).collect();
        holders.sort_unstable();
        holders.dedup();
        holders
    }

    /// Takes back all that a holder has; how many.
    pub(crate) fn evict(&self, holder: u32) -> usize {
        (0..N).filter(|&seat| self.leave(seat, holder)).count()
    }

    fn held(&self, of: Range<usize>) -> impl Iterator<Item = u32> + '_ {
        // ORDERING: Acquire, SYNC-SEAT.
        let seats = self.0.get(of).unwrap_or_default().iter().map(|seat| seat.load(Ordering::Acquire));
        seats.filter(|&holder| holder != 0)
    }
}

impl Bell {
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Before the caller looks whether somebody waits.
    pub(crate) fn ring(&self) {
        // ORDERING: AcqRel, SYNC-SEAT.
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    /// Before the caller looks for a seat; the word to sleep on while it has this value.
    pub(crate) fn listen(&self) -> u32 {
        // ORDERING: AcqRel, SYNC-SEAT: a change of the word too, or it might be the one that sees nothing.
        self.0.fetch_add(0, Ordering::AcqRel)
    }

    /// The word itself.
    #[cfg(not(loom))]
    pub(crate) fn word(&self) -> &AtomicU32 {
        &self.0
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn seats_are_taken_up_to_the_limit_and_left_by_their_holder_alone() {
        let seats = Seats::<4>::new();
        assert_eq!([7, 7, 8].map(|holder| seats.take(holder, 2)), [Some(0), Some(1), None]);
        assert!(!seats.leave(1, 8) && !seats.leave(4, 7) && seats.leave(1, 7) && !seats.leave(1, 7));
        assert_eq!((seats.take(8, 2), seats.taken(0..4), seats.taken(1..4)), (Some(1), 2, 1));
        assert_eq!(seats.holders(), [7, 8]);
    }

    #[test]
    fn a_holder_that_is_gone_loses_all_its_seats() {
        let seats = Seats::<4>::new();
        for holder in [7, 8, 7] {
            seats.take(holder, 4);
        }
        assert_eq!((seats.evict(7), seats.holders(), seats.any()), (2, vec![8], true));
        assert_eq!((seats.evict(8), seats.any()), (1, false));
    }
}
