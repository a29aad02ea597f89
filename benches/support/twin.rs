//! What this library would be with a lock: a breaker of the same decisions behind a plain mutex, under the default
//! configuration (S2, S5 to S8, the totals and the latencies of S13). It is of one process and tells nobody of anything.

use holysheep_cb::{Breaker, Classification, ManualClock};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

const MS: u64 = 1_000_000;
const THRESHOLD: usize = 5;
const WINDOW: u64 = 60_000 * MS;
const BUCKETS: u64 = 10;
const OPEN_MS: u64 = 30_000;
const PROBES: u32 = 3;
const SUCCESSES_TO_CLOSE: u32 = 2;
const LEASE: u64 = 60_000 * MS;
const BINS: usize = 82;

/// The breaker.
pub(crate) struct Twin(Mutex<Inner>);

/// What a call holds.
#[derive(Clone, Copy)]
pub(crate) struct Permit {
    generation: u64,
    at: u64,
}

#[derive(Clone, Copy)]
enum Mode {
    Closed,
    Open { deadline_ms: u64 },
    HalfOpen { out: u32, succeeded: u32, last: u64 },
}

#[derive(Clone, Copy, Default)]
struct Tick {
    number: u64,
    calls: u64,
    failures: u64,
}

struct Inner {
    mode: Mode,
    generation: u64,
    /// When the last failures were, at most as many as the threshold asks for.
    stamps: VecDeque<u64>,
    ticks: [Tick; BUCKETS as usize],
    bins: [u64; BINS],
    failures: u64,
    late: u64,
    rejected: u64,
}

impl Twin {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Inner {
            mode: Mode::Closed,
            generation: 1,
            stamps: VecDeque::with_capacity(THRESHOLD),
            ticks: Default::default(),
            bins: [0; BINS],
            failures: 0,
            late: 0,
            rejected: 0,
        }))
    }

    pub(crate) fn admit(&self, now: u64) -> Option<Permit> {
        let mut inner = self.lock();
        if !inner.admit(now) {
            inner.rejected += 1;
            return None;
        }
        Some(Permit { generation: inner.generation, at: now })
    }

    pub(crate) fn record(&self, permit: Permit, failed: bool, now: u64) {
        self.lock().record(permit, failed, now);
    }

    pub(crate) fn trip_for(&self, ms: u64, now: u64) {
        self.lock().enter(Mode::Open { deadline_ms: now.div_ceil(MS) + ms });
    }

    pub(crate) fn successes(&self) -> u64 {
        self.lock().bins.iter().sum()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("nothing panics under the lock")
    }
}

impl Inner {
    fn admit(&mut self, now: u64) -> bool {
        let first = Mode::HalfOpen { out: 1, succeeded: 0, last: now };
        match &mut self.mode {
            Mode::Closed => true,
            Mode::Open { deadline_ms } if now < *deadline_ms * MS => false,
            Mode::HalfOpen { out, succeeded, last } if *out + *succeeded < PROBES => {
                *out += 1;
                *last = now;
                true
            }
            Mode::HalfOpen { last, .. } if now.saturating_sub(*last) < LEASE => false,
            Mode::Open { .. } | Mode::HalfOpen { .. } => {
                self.enter(first);
                true
            }
        }
    }

    fn record(&mut self, permit: Permit, failed: bool, now: u64) {
        if permit.generation != self.generation {
            self.late += 1;
            return;
        }
        if failed {
            self.failures += 1;
        } else {
            self.bins[bin(now.saturating_sub(permit.at))] += 1;
        }
        match &mut self.mode {
            Mode::Closed => self.record_closed(failed, now),
            Mode::Open { .. } => {}
            Mode::HalfOpen { .. } if failed => self.open(now),
            Mode::HalfOpen { out, succeeded, .. } => {
                *out -= 1;
                *succeeded += 1;
                if *succeeded == SUCCESSES_TO_CLOSE {
                    self.enter(Mode::Closed);
                }
            }
        }
    }

    fn record_closed(&mut self, failed: bool, now: u64) {
        let number = now / (WINDOW / BUCKETS);
        let tick = &mut self.ticks[(number % BUCKETS) as usize];
        if tick.number != number {
            *tick = Tick { number, ..Tick::default() };
        }
        tick.calls += 1;
        if failed {
            tick.failures += 1;
            if self.stamps.len() == THRESHOLD {
                self.stamps.pop_front();
            }
            self.stamps.push_back(now);
        }
        let enough = self.stamps.len() == THRESHOLD && self.stamps.front().is_some_and(|f| now - f < WINDOW);
        if enough && self.is_rate_reached(number) {
            self.open(now);
        }
    }

    fn is_rate_reached(&self, now: u64) -> bool {
        let in_window = self.ticks.iter().filter(|tick| now - tick.number < BUCKETS);
        let (calls, failures) =
            in_window.fold((0, 0), |(calls, failures), tick| (calls + tick.calls, failures + tick.failures));
        failures * 2 >= calls
    }

    fn open(&mut self, now: u64) {
        self.enter(Mode::Open { deadline_ms: (now + OPEN_MS * MS).div_ceil(MS) });
    }

    fn enter(&mut self, mode: Mode) {
        self.mode = mode;
        self.generation += 1;
        self.stamps.clear();
        self.ticks = Default::default();
    }
}

/// The library's bins: four steps to the octave from 2^22 ns on.
fn bin(duration: u64) -> usize {
    if duration >> 22 == 0 {
        return 0;
    }
    let octave = 63 - duration.leading_zeros();
    let step = (duration >> (octave - 2)) & 3;
    (1 + ((octave as usize - 22) << 2) + step as usize).min(BINS - 1)
}

/// Panics unless the twin decides as the library does, over calls that succeed, fail, come late and get lost.
pub(crate) fn must_agree() {
    let (twin, clock) = (Twin::new(), ManualClock::new());
    let breaker = Breaker::builder().clock(clock.clone()).open("twin").expect("a private breaker");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut now = 1_000_000 * MS;
    let mut out = Vec::new();
    for round in 0..20_000 {
        now += random(4000) * MS;
        clock.set_ns(now);
        let (theirs, ours) = (twin.admit(now), breaker.admit_owned().ok());
        assert_eq!(theirs.is_some(), ours.is_some(), "round {round}: the twin decides otherwise");
        out.extend(theirs.zip(ours));
        while out.len() > 8 || (!out.is_empty() && random(3) > 0) {
            let (theirs, ours) = out.swap_remove(random(out.len() as u64) as usize);
            let failed = random(100) < if round / 500 % 2 == 0 { 10 } else { 70 };
            twin.record(theirs, failed, now);
            ours.give_back(if failed { Classification::Failure } else { Classification::Success });
        }
    }
    let totals = breaker.snapshot().totals;
    let inner = twin.lock();
    let counted = [inner.bins.iter().sum(), inner.failures, inner.late, inner.rejected];
    assert_eq!(
        [totals.successes, totals.failures, totals.late, totals.rejected],
        counted,
        "the twin miscounts"
    );
    assert!(totals.opened > 10 && totals.closed > 10 && totals.late > 10, "too calm a test: {totals:?}");
}
