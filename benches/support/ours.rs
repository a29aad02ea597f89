//! This library, from Rust. Every subject compares all totals of the breaker before and after.

use super::scratch::Scratch;
use super::sink::{keep, opaque};
use super::subject::{Subject, time, time_all};
use holysheep_cb::{Breaker, Config, ManualClock, Mode, Rejected, Segment, SegmentOptions, Totals};
use std::time::{Duration, Instant};

/// A breaker with the default configuration on the heap.
pub(crate) fn on_heap(name: &str) -> Breaker {
    Breaker::builder().open(name).expect("a private breaker can always be opened")
}

/// Runs `work`, and panics unless it changed the totals exactly as `change` does.
pub(crate) fn checked<R>(breaker: &Breaker, change: impl FnOnce(&mut Totals), work: impl FnOnce() -> R) -> R {
    let mut expected = breaker.snapshot().totals;
    change(&mut expected);
    let result = work();
    assert_eq!(breaker.snapshot().totals, expected, "breaker {}: wrong totals", breaker.name());
    result
}

/// Admit, and record a success.
#[inline(always)]
pub(crate) fn succeed(breaker: &Breaker) -> bool {
    let admitted = opaque(breaker).admit();
    admitted.map(|permit| permit.success()).is_ok()
}

/// Admit + record success, on the heap.
pub(crate) fn admit_and_succeed(name: &'static str) -> Subject {
    Subject::in_turn(name, |i| succeeding(name, on_heap(&format!("{name} {i}"))))
}

/// The same in a shared segment of default size.
pub(crate) fn admit_and_succeed_shared(name: &'static str, scratch: &Scratch) -> Subject {
    let segment = scratch.segment(name, SegmentOptions::new());
    let open = |i| Breaker::builder().segment(&segment).open(&format!("{name} {i}"));
    Subject::in_turn(name, |i| succeeding(name, open(i).expect("a fresh segment has room")))
}

fn succeeding(name: &'static str, breaker: Breaker) -> Subject {
    Subject::new(name, move |n| {
        checked(&breaker, |t| t.successes += n, || time_all(name, n, || succeed(&breaker)))
    })
}

/// Admit + record success by way of a closure, as the rivals' interface has it.
pub(crate) fn call() -> Subject {
    Subject::in_turn("call", |i| {
        let breaker = on_heap(&format!("call {i}"));
        Subject::new("call", move |n| {
            let round = || opaque(&breaker).call(|| Ok::<u32, ()>(1)).is_ok();
            checked(&breaker, |t| t.successes += n, || time_all("call", n, round))
        })
    })
}

/// A rejection; its error says how long to wait.
pub(crate) fn reject() -> Subject {
    Subject::in_turn("reject", |i| {
        let breaker = on_heap(&format!("reject {i}"));
        breaker.trip_for(Duration::from_secs(86_400));
        Subject::new("reject", move |n| {
            let told = |rejected: Rejected| {
                let wait = rejected.retry_after.unwrap_or_default();
                keep(wait.as_secs());
                keep(wait.subsec_nanos().into());
                true
            };
            assert!(breaker.retry_after() > Some(Duration::from_secs(80_000)), "not open for a day");
            let round = || opaque(&breaker).admit().is_err_and(told);
            checked(&breaker, |t| t.rejected += n, || time_all("reject", n, round))
        })
    })
}

/// Record a failure, when the threshold asks for one failure more than are ever made: the scan runs to its end each
/// time. Permits are admitted, and the window emptied by a reset, outside of the timing; so is the first failure after
/// the reset, which opens the window.
pub(crate) fn failure_with_threshold() -> Subject {
    const THRESHOLD: u32 = 64;
    const BATCH: u64 = THRESHOLD as u64 - 2;
    let config = Config::new().failure_threshold(THRESHOLD).failure_rate(0.0);
    let breaker =
        Breaker::builder().config(config).open("failure, threshold alone").expect("a valid configuration");
    Subject::new("failure, threshold alone", move |n| {
        let batches = || {
            batches(n, BATCH, |batch| {
                breaker.reset();
                breaker.admit().expect("closed").failure();
                fail(&breaker, batch)
            })
        };
        checked(&breaker, |t| t.failures += n + n.div_ceil(BATCH), batches)
    })
}

/// Record a failure, when the threshold is met and the rate is not: every stamp is looked at and every bin of 8 stripes
/// summed. As many successes and some more are recorded outside of the timing. The window is a day, so that none of it
/// ages meanwhile.
pub(crate) fn failure_with_rate(scratch: &Scratch) -> Subject {
    const BATCH: u64 = 1000;
    const SUCCESSES: u64 = 1100;
    let day = Duration::from_secs(86_400);
    let config = Config::new().failure_threshold(64).failure_rate(0.5).window_length(day);
    let segment = scratch.segment("failure", SegmentOptions::new().stripes(8));
    let builder = Breaker::builder().segment(&segment).config(config);
    let breaker = builder.open("failure, with a rate").expect("a valid configuration");
    (0..1000).for_each(|_| assert!(succeed(&breaker)));
    (0..64).for_each(|_| breaker.admit().expect("closed").failure());
    Subject::new("failure, with a rate", move |n| {
        let batches = || {
            batches(n, BATCH, |batch| {
                (0..SUCCESSES).for_each(|_| assert!(succeed(&breaker)));
                fail(&breaker, batch)
            })
        };
        let change = |t: &mut Totals| {
            t.failures += n;
            t.successes += n.div_ceil(BATCH) * SUCCESSES;
        };
        let took = checked(&breaker, change, batches);
        let now = breaker.snapshot();
        assert!(now.mode == Mode::Closed && now.window_failures >= 64, "the rate was not asked: {now:?}");
        took
    })
}

/// Runs `n` rounds in batches of at most `most`, and adds up their times.
fn batches(n: u64, most: u64, batch: impl Fn(u64) -> Duration) -> Duration {
    let full = (0..n / most).map(|_| batch(most)).sum::<Duration>();
    let rest = n % most;
    if rest == 0 { full } else { full + batch(rest) }
}

/// Admits `n` calls, and times how long it takes to record that they failed.
fn fail(breaker: &Breaker, n: u64) -> Duration {
    let permits: Vec<_> = (0..n).map(|_| breaker.admit().expect("closed")).collect();
    let start = Instant::now();
    for permit in permits {
        permit.failure();
    }
    start.elapsed()
}

/// Admit + record success, where each is the first of its tick: what a roll of the window costs, by a clock that is
/// moved on by hand (which is part of the time).
pub(crate) fn first_of_a_tick(scratch: &Scratch) -> Subject {
    let clock = ManualClock::new();
    let segment = scratch.segment("tick", SegmentOptions::new().stripes(8));
    let builder = Breaker::builder().segment(&segment).clock(clock.clone());
    let breaker = builder.open("first success of a tick").expect("a fresh segment has room");
    Subject::new("first success of a tick", move |n| {
        let before = breaker.snapshot().totals.successes;
        let took = time(n, || {
            clock.advance(Duration::from_secs(6));
            opaque(&breaker).admit().expect("closed").success();
        });
        assert_eq!(breaker.snapshot().totals.successes - before, n, "first success of a tick: wrong totals");
        took
    })
}

/// A segment with 100,000 names and one stripe.
pub(crate) struct Crowd {
    segment: Segment,
    /// In an order that has nothing to do with that of their creation, nor with their hashes: the list is read from
    /// front to back, what the segment holds is not.
    names: Vec<String>,
}

const NAMES: usize = 100_000;
/// Has no common divisor with [`NAMES`].
const STRIDE: usize = 61_803;

impl Crowd {
    pub(crate) fn new(scratch: &Scratch) -> Self {
        let segment = scratch.segment("crowd", SegmentOptions::new().capacity(NAMES as u32).stripes(1));
        let name = |i: usize| format!("https://api.holysheep.ai/v1|model-{i:05}");
        for i in 0..NAMES {
            drop(Breaker::builder().segment(&segment).open(&name(i)).expect("there is room for all"));
        }
        assert_eq!(segment.names().len(), NAMES, "not every name is in the segment");
        Self { segment, names: (0..NAMES).map(|i| name(i * STRIDE % NAMES)).collect() }
    }

    /// Open by name. Handles are kept until the clock has stopped, and then asked whether they are the right ones.
    pub(crate) fn open(self) -> Subject {
        const BATCH: usize = 1000;
        let mut next = 0;
        Subject::new("open by name", move |n| {
            let mut left = n as usize;
            let mut took = Duration::ZERO;
            while left > 0 {
                let names = &self.names[next..][..left.min(BATCH).min(NAMES - next)];
                left -= names.len();
                next = (next + names.len()) % NAMES;
                took += self.open_all(names);
            }
            took
        })
    }

    fn open_all(&self, names: &[String]) -> Duration {
        let mut handles = Vec::with_capacity(names.len());
        let start = Instant::now();
        for name in names {
            handles.push(Breaker::builder().segment(&self.segment).open(name));
        }
        let took = start.elapsed();
        for (handle, name) in handles.into_iter().zip(names) {
            assert_eq!(handle.expect("it exists").name(), name);
        }
        took
    }
}
