//! What a handle holds of its segment: its cell's place, and how it follows when that is lost (DESIGN 6). A call is never
//! held up, and never fails, because a file was removed.

use super::handle::{Home, Segment};
use crate::chain::Chain;
use crate::error::Result;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A place that can be found again in other memory.
pub(crate) trait Moored: Sized {
    /// Other processes may see it.
    fn is_shared(&self) -> bool;
    /// This is the memory that it lies in.
    fn lies_in(&self, home: &Home) -> bool;
    /// The place of the same name and configuration in other memory, made if need be.
    fn again(&self, home: &Home, name: &str) -> Result<Self>;
    /// Tells whoever looks at its memory that its handle goes on elsewhere.
    fn tell_of_loss(&self, now: u64);
}

/// A named place, and those that it had before: a call may still be at work in one.
pub(crate) struct Mooring<P> {
    places: Chain<P>,
    segment: Segment,
    name: Box<str>,
    /// When the segment's file was last looked at.
    looked_at: AtomicU64,
    /// The shared segment was lost.
    private: AtomicBool,
}

/// How often at most a handle looks whether its file is still there, in ns.
const LOOK_EVERY: u64 = 1_000_000_000;

impl<P: Moored> Mooring<P> {
    pub(crate) fn new(place: P, segment: Segment, name: &str, now: u64) -> Self {
        Self {
            places: Chain::new(place),
            segment,
            name: name.into(),
            looked_at: AtomicU64::new(now),
            private: AtomicBool::new(false),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    #[inline(always)]
    pub(crate) fn place(&self) -> &P {
        self.places.newest()
    }

    /// Its handle lost the shared segment and goes on with memory of its own.
    pub(crate) fn is_private(&self) -> bool {
        // ORDERING: Relaxed; for display.
        self.private.load(Ordering::Relaxed)
    }

    /// It is time to look after the segment's file.
    #[inline(always)]
    pub(crate) fn is_due(&self, now: u64) -> bool {
        // ORDERING: Relaxed; only decides who looks when.
        now.wrapping_sub(self.looked_at.load(Ordering::Relaxed)) >= LOOK_EVERY
    }

    /// On the cold paths, at most once a second: is the segment's file still there?
    pub(crate) fn look_after(&self, now: u64) {
        // ORDERING: Relaxed, all; the flag and the time only decide who looks when.
        let looked_at = self.looked_at.load(Ordering::Relaxed);
        if !self.is_due(now)
            || self.looked_at.compare_exchange(looked_at, now, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return;
        }
        let lost = self.private.load(Ordering::Relaxed);
        if self.place().is_shared() || lost {
            self.follow_segment(lost, now);
        }
    }

    /// Moves to where the segment is now: the same file, a new one, or, if there is none to be had, the heap.
    fn follow_segment(&self, lost: bool, now: u64) {
        let Some(fresh) = self.segment.fresh_home(true) else { return };
        let here = self.place();
        if fresh.as_ref().is_ok_and(|home| here.lies_in(home)) {
            return;
        }
        match fresh.and_then(|home| here.again(home, &self.name)) {
            Ok(place) => self.move_to(place, false),
            Err(_) if lost => {}
            Err(_) => {
                let Ok(place) = here.again(self.segment.fallback(), &self.name) else { return };
                here.tell_of_loss(now);
                self.move_to(place, true);
            }
        }
    }

    fn move_to(&self, place: P, private: bool) {
        self.places.push(place);
        // ORDERING: Relaxed; for display.
        self.private.store(private, Ordering::Relaxed);
    }
}
