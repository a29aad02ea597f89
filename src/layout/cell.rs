//! A breaker in memory.

use super::settings::Settings;
use crate::histogram::BINS;
use crate::journal::Journal;
#[cfg(loom)]
use crate::prim::zeros;
use crate::prim::{AtomicU64, Ordering};
use crate::window::{Ring, Row, Sums, Ticks};
use crate::word::{Lent, StateWord};
use std::mem::size_of;

/// The layout's number. A segment with another one is refused.
pub(crate) const LAYOUT: u32 = 4;

const TICKS: usize = if cfg!(loom) { 3 } else { 64 };
const RING: usize = if cfg!(loom) { 2 } else { 64 };
/// Events that a segment keeps.
pub(crate) const EVENTS: usize = if cfg!(loom) { 2 } else { 1024 };

/// The event ring as segments hold it.
pub(crate) type Events = Journal<EVENTS>;

/// A breaker's shared part. Line 0 is what every call reads and few write.
#[repr(C, align(64))]
pub(crate) struct Cell {
    pub(crate) word: StateWord,
    /// When mode or generation changed last, ns.
    pub(crate) changed_at: AtomicU64,
    /// Where the newest tick ends, ns; zero sends the next success to look.
    pub(crate) next_tick: AtomicU64,
    pub(crate) row: Row,
    pub(crate) settings: Settings,
    pub(crate) tallies: Tallies,
    pub(crate) ring: Ring<RING>,
    pub(crate) ticks: Ticks<TICKS>,
    pub(crate) lent: Lent,
}

/// The totals of S13 that are not striped.
#[repr(C)]
pub(crate) struct Tallies {
    pub(crate) failures: AtomicU64,
    pub(crate) slow: AtomicU64,
    pub(crate) ignored: AtomicU64,
    pub(crate) late: AtomicU64,
    pub(crate) throttled: AtomicU64,
    pub(crate) opened: AtomicU64,
    pub(crate) half_opened: AtomicU64,
    pub(crate) closed: AtomicU64,
    pub(crate) would_trip: AtomicU64,
    pub(crate) probes_lost: AtomicU64,
}

/// Counters of one CPU: successes by latency, and rejections.
#[repr(C, align(64))]
pub(crate) struct Stripe {
    pub(crate) successes: [AtomicU64; BINS],
    pub(crate) rejected: AtomicU64,
}

#[cfg(not(loom))]
const _: () = {
    assert!(std::mem::offset_of!(Cell, changed_at) == 24);
    assert!(std::mem::offset_of!(Cell, next_tick) == 32);
    assert!(std::mem::offset_of!(Cell, row) == 40);
    assert!(std::mem::offset_of!(Cell, settings) == 48);
    assert!(std::mem::offset_of!(Cell, tallies) == 144);
    assert!(std::mem::offset_of!(Cell, ring) == 224);
    assert!(std::mem::offset_of!(Cell, ticks) == 752);
    assert!(std::mem::offset_of!(Cell, lent) == 2296);
    assert!(size_of::<Cell>() == 2368);
    assert!(size_of::<Stripe>() == 704);
    assert!(bytes(8) <= 8192);
};

/// A cell with `stripes` stripes, in bytes.
pub(crate) const fn bytes(stripes: usize) -> usize {
    size_of::<Cell>() + stripes * size_of::<Stripe>()
}

impl Cell {
    /// A cell that nobody has initialised.
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self {
            word: StateWord::new(),
            changed_at: AtomicU64::new(0),
            next_tick: AtomicU64::new(0),
            row: Row::new(),
            settings: Settings::new(),
            tallies: Tallies::new(),
            ring: Ring::new(),
            ticks: Ticks::new(),
            lent: Lent::new(),
        }
    }

    /// The counters that a time window takes differences of: where it ends. Slow calls and failures first, successes last.
    ///
    /// That makes no rule hold that held at no moment. Be it that one holds over `slow` and `failures` of the beginning and
    /// `successes` of the end: the shares were no lower at the beginning, when fewer calls had succeeded, and from then on
    /// until the last of these successes the calls reached every number up to the one that was asked, with no fewer
    /// failures and slow calls. So there was a moment at which the rule was met. (A slow call is counted as a call first:
    /// SYNC-SUMS.)
    pub(crate) fn sums(&self, stripes: &[Stripe]) -> Sums {
        let (slow, failures) = (self.sum(2, stripes), self.sum(1, stripes));
        [self.sum(0, stripes), failures, slow]
    }

    /// One of these counters. Where a window begins, they are taken in the order of their numbers (`Ticks::open`).
    pub(crate) fn sum(&self, number: usize, stripes: &[Stripe]) -> u64 {
        match number {
            0 => total_successes(stripes),
            1 => read(&self.tallies.failures),
            _ => read(&self.tallies.slow),
        }
    }
}

#[cfg(loom)]
impl Tallies {
    fn new() -> Self {
        let [failures, slow, ignored, late, throttled, opened, half_opened, closed, would_trip, probes_lost] =
            zeros();
        Self {
            failures,
            slow,
            ignored,
            late,
            throttled,
            opened,
            half_opened,
            closed,
            would_trip,
            probes_lost,
        }
    }
}

impl Stripe {
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self { successes: zeros(), rejected: AtomicU64::new(0) }
    }
}

/// All successes: the sum of every stripe's bins.
pub(crate) fn total_successes(stripes: &[Stripe]) -> u64 {
    stripes.iter().flat_map(|s| &s.successes).fold(0, |sum, bin| sum.wrapping_add(read(bin)))
}

/// Reads a counter.
pub(crate) fn read(counter: &AtomicU64) -> u64 {
    // ORDERING: Acquire, SYNC-SUMS: what its last counter had counted before is seen by what is read afterwards.
    counter.load(Ordering::Acquire)
}

/// Counts one.
#[inline(always)]
pub(crate) fn count(counter: &AtomicU64) {
    // ORDERING: Release, SYNC-SUMS: who sees a success sees what its thread had counted before.
    counter.fetch_add(1, Ordering::Release);
}

/// Counts so many.
#[cfg(not(loom))]
pub(crate) fn add(counter: &AtomicU64, n: u64) {
    // ORDERING: Relaxed; no window is made of these.
    counter.fetch_add(n, Ordering::Relaxed);
}

/// Counts one and commits what was written to the ring before (SYNC-RING).
pub(crate) fn commit(counter: &AtomicU64) {
    // ORDERING: AcqRel, SYNC-RING: of simultaneous calls the last to commit sees the entries of all others.
    counter.fetch_add(1, Ordering::AcqRel);
}
