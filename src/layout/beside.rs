//! What stands beside a breaker: a limiter and a bulkhead in memory. Each has a cell of the same size as a breaker's, for a
//! segment's cells are all alike, and needs less than the smallest.

use super::cell;
use super::fields::Fields;
use super::kind::Kind;
use crate::config::{BULKHEAD, BulkheadConfig, LIMITER, LimiterConfig, SEATS, WAITING};
use crate::gcra::{Gcra, Rate};
use crate::pace::{Clocked, Pace, Part, WHOLE};
use crate::prim::{AtomicU32, AtomicU64, Ordering};
use crate::seats::{Bell, Seats};
use std::time::Duration;

/// What a segment must know of a cell that it makes for others.
///
/// # Safety
/// Implementors are `repr(C)`, made of atomic integers only, and valid as all zeros.
pub(crate) unsafe trait Beside: Send + Sync + 'static {
    /// What it is.
    const KIND: Kind;
    /// Its configuration.
    type Config: Copy + Default + PartialEq;

    /// Writes what no creator has written; any number may try.
    fn settle(&self, config: Self::Config);
    /// Somebody has made it whole.
    fn is_settled(&self) -> bool;
    /// The configuration in force.
    fn config(&self) -> Self::Config;
    /// Replaces it.
    fn configure(&self, config: Self::Config);
}

/// A limiter.
#[repr(C, align(64))]
pub(crate) struct LimiterCell {
    fields: Fields<{ LIMITER.len() }>,
    /// The limit that the server says it has, per the same period; 0 = it has not said.
    server_limit: AtomicU32,
    pub(crate) gcra: Gcra,
    /// Rung when turns that are out have moved.
    pub(crate) bell: Bell,
    _unused: AtomicU32,
    pub(crate) admitted: AtomicU64,
    pub(crate) units: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) pauses: AtomicU64,
    pace: Pace,
}

/// A limiter's rate and time, at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) rate: Rate,
    pub(crate) clock: Clocked,
    /// By the clock.
    pub(crate) now: u64,
    /// The limiter's time.
    pub(crate) time: u64,
}

/// A bulkhead.
#[repr(C, align(64))]
pub(crate) struct BulkheadCell {
    fields: Fields<{ BULKHEAD.len() }>,
    /// Rung when a seat is left.
    pub(crate) bell: Bell,
    /// One more than the highest seat that ever was taken.
    pub(crate) high: AtomicU32,
    /// When somebody last looked for holders that are gone, ns.
    pub(crate) looked_at: AtomicU64,
    pub(crate) entered: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) reclaimed: AtomicU64,
    _unused: [AtomicU64; 2],
    pub(crate) seats: Seats<SEATS>,
    pub(crate) queue: Seats<WAITING>,
}

const _: () = {
    assert!(std::mem::offset_of!(LimiterCell, gcra) == 16);
    assert!(std::mem::offset_of!(LimiterCell, bell) == 40);
    assert!(std::mem::offset_of!(LimiterCell, admitted) == 48);
    assert!(std::mem::offset_of!(LimiterCell, pace) == 80);
    assert!(std::mem::offset_of!(BulkheadCell, looked_at) == 16);
    assert!(std::mem::offset_of!(BulkheadCell, seats) == 64);
    assert!(std::mem::offset_of!(BulkheadCell, queue) == 64 + 4 * SEATS);
    assert!(size_of::<LimiterCell>() <= cell::bytes(1) && size_of::<BulkheadCell>() <= cell::bytes(1));
};

impl Moment {
    /// How long by the clock until so much of the limiter's time has passed, ns.
    pub(crate) fn real(&self, time: u64) -> Duration {
        Duration::from_nanos(self.clock.real(time, self.now))
    }

    /// How much of the limiter's time passes in so long by the clock, ns.
    pub(crate) fn own(&self, duration: u64) -> u64 {
        self.clock.own(duration, self.now)
    }
}

// SAFETY: `repr(C)`, atomic integers only, for which zeros are valid.
unsafe impl Beside for LimiterCell {
    const KIND: Kind = Kind::Limiter;
    type Config = LimiterConfig;

    fn settle(&self, config: LimiterConfig) {
        self.fields.initialise(&config.values);
    }

    fn is_settled(&self) -> bool {
        self.fields.are_whole()
    }

    fn config(&self) -> LimiterConfig {
        LimiterConfig { values: self.fields.values(&LIMITER) }
    }

    fn configure(&self, config: LimiterConfig) {
        self.fields.replace(&config.values);
    }
}

impl LimiterCell {
    /// The rate in force, that of the configuration or the server's if that is lower; and what time it is.
    pub(crate) fn at(&self, now: u64) -> Moment {
        let [limit, period, burst] = self.config().values;
        let limit = self.server_limit().map_or(limit, |said| limit.min(said));
        let clock = Clocked { course: self.pace.course() };
        let hosts = clock.course.map_or(1, |course| course.part.hosts);
        Moment { rate: Rate::new(limit, period, burst).among(hosts), clock, now, time: clock.time(now) }
    }

    /// From now on this host has this part of the limit; what is lent, until then. While a pause is on, no more than
    /// before: time would pass faster, and the pause would end too early.
    pub(crate) fn share(&self, part: Part, until: u64, now: u64) {
        let is_paused = |at: &Moment| self.gcra.pause_end(at.time) > at.time;
        let before = self.at(now);
        let had = before.clock.course.map_or(WHOLE, |course| course.part.share(course.until, now));
        let kept = Part { floor: part.floor.min(had), ..part };
        let kept = Part { lent: part.lent.min(had - kept.floor), ..kept };
        let is_changed = self.pace.change(if is_paused(&before) { kept } else { part }, until, now);
        // One that comes just then is as long as it would be at the old share, but for the time between these lines.
        if is_changed && part != kept && is_paused(&self.at(now)) {
            self.pace.change(kept, until, now);
        }
    }

    /// The limit that the server says it has.
    pub(crate) fn server_limit(&self) -> Option<u32> {
        // ORDERING: Relaxed; stands for itself.
        Some(self.server_limit.load(Ordering::Relaxed)).filter(|&limit| limit > 0)
    }

    /// The server says that its limit is this.
    pub(crate) fn heed_limit(&self, limit: u32, now: u64) {
        let before = self.at(now);
        // ORDERING: Relaxed; stands for itself.
        if self.server_limit.swap(limit, Ordering::Relaxed) != limit {
            self.gcra.rescale(&before.rate, &self.at(now).rate, before.time);
        }
    }
}

// SAFETY: `repr(C)`, atomic integers only, for which zeros are valid.
unsafe impl Beside for BulkheadCell {
    const KIND: Kind = Kind::Bulkhead;
    type Config = BulkheadConfig;

    fn settle(&self, config: BulkheadConfig) {
        self.fields.initialise(&config.values);
    }

    fn is_settled(&self) -> bool {
        self.fields.are_whole()
    }

    fn config(&self) -> BulkheadConfig {
        BulkheadConfig { values: self.fields.values(&BULKHEAD) }
    }

    fn configure(&self, config: BulkheadConfig) {
        self.fields.replace(&config.values);
    }
}
