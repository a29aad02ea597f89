//! One operation on one CPU, and on two at once.
//!
//! Threads are pinned and start together; what counts is the mean of their own times, for the same number of operations
//! each. A piece of work during which a thread lost its CPU, or the other was not at work too, tells nothing about
//! contention and is done again; so the work comes in pieces of half a millisecond, which a busy machine also grants
//! now and then.

use super::cpus;
use super::ours::{self, succeed};
use super::rivals;
use super::subject::Subject;
use super::twin::Twin;
use crossbeam_utils::CachePadded;
use failsafe::CircuitBreaker as _;
use holysheep_cb::{Breaker, SystemClock, Totals};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The most operations in a piece.
const PIECE: u64 = 20_000;
/// How many pieces in a row may be disturbed.
const PATIENCE: usize = 20_000;
/// Of the time of a piece, the threads must have shared this much, in percent. (CPUs differ, and locks are unfair.)
const SHARED: u128 = 80;

/// Operations, `n` of them: runs on one thread or on two.
type Work = dyn Fn(u64) + Sync;

/// A thing that two threads use: the same work alone and together.
pub(crate) struct Pair {
    pub(crate) alone: Subject,
    pub(crate) together: Subject,
}

impl Pair {
    /// `done` says how often the work was done so far.
    fn new(
        cpus: [usize; 2],
        names: [&'static str; 2],
        work: Arc<Work>,
        done: impl Fn() -> u64 + Clone + 'static,
    ) -> Self {
        let subject = |name, threads: usize| {
            let (work, done) = (Arc::clone(&work), done.clone());
            let mut turn = 0;
            Subject::new(name, move |n| {
                let mut left = n;
                let mut took = Duration::ZERO;
                while left > 0 {
                    let piece = left.min(PIECE);
                    left -= piece;
                    turn += 1;
                    let on = if threads == 2 { &cpus[..] } else { &cpus[turn % 2..][..1] };
                    took += undisturbed(name, on, piece, &*work, &done);
                }
                took
            })
        };
        Self { alone: subject(names[0], 1), together: subject(names[1], 2) }
    }

    /// This library, on the heap.
    pub(crate) fn ours(cpus: [usize; 2]) -> Self {
        Self::breaker(cpus, ["1 thread", "2 threads"], ours::on_heap("pair"))
    }

    /// The same for any breaker.
    pub(crate) fn breaker(cpus: [usize; 2], names: [&'static str; 2], breaker: Breaker) -> Self {
        let counted = breaker.clone();
        let work = move |n| (0..n).for_each(|_| assert!(succeed(&breaker)));
        let done = move || {
            let totals = counted.snapshot().totals;
            let mut expected = Totals::default();
            expected.successes = totals.successes;
            assert_eq!(totals, expected, "something else than a success was counted");
            totals.successes
        };
        Self::new(cpus, names, Arc::new(work), done)
    }

    /// A bare `fetch_add` on one word.
    pub(crate) fn fetch_add(cpus: [usize; 2]) -> Self {
        let word = Arc::new(CachePadded::new(AtomicU64::new(0)));
        let counted = Arc::clone(&word);
        let work = move |n| {
            (0..n).for_each(|_| {
                word.fetch_add(1, Ordering::Relaxed);
            });
        };
        let names = ["fetch_add, 1 thread", "fetch_add, 2 threads"];
        Self::new(cpus, names, Arc::new(work), move || counted.load(Ordering::Relaxed))
    }

    /// The mutex twin.
    pub(crate) fn twin(cpus: [usize; 2]) -> Self {
        let (twin, clock) = (Arc::new(Twin::new()), SystemClock::new());
        let counted = Arc::clone(&twin);
        let work = move |n| (0..n).for_each(|_| assert!(rivals::twin_succeeds(&twin, &clock)));
        let names = ["mutex twin, 1 thread", "mutex twin, 2 threads"];
        Self::new(cpus, names, Arc::new(work), move || counted.successes())
    }

    /// Recloser; it keeps no totals, so only its answers are checked.
    pub(crate) fn recloser(cpus: [usize; 2]) -> Self {
        let recloser = rivals::new_recloser();
        let names = ["recloser, 1 thread", "recloser, 2 threads"];
        Self::answering(cpus, names, move || rivals::recloser_succeeds(&recloser))
    }

    /// Failsafe; as recloser.
    pub(crate) fn failsafe(cpus: [usize; 2]) -> Self {
        let failsafe = failsafe::Config::new().build();
        let names = ["failsafe, 1 thread", "failsafe, 2 threads"];
        Self::answering(cpus, names, move || failsafe.call(|| Ok::<u32, ()>(1)).is_ok())
    }

    fn answering(
        cpus: [usize; 2],
        names: [&'static str; 2],
        call: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        let answered = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&answered);
        let work = move |n| {
            let good = (0..n).map(|_| u64::from(call())).sum();
            answered.fetch_add(good, Ordering::Relaxed);
        };
        Self::new(cpus, names, Arc::new(work), move || counted.load(Ordering::Relaxed))
    }
}

/// What a thread reports of a piece.
struct Stint {
    start: Instant,
    end: Instant,
    preempted: bool,
}

/// The mean time of `n` operations on each of `cpus`, all at once and undisturbed.
fn undisturbed(name: &str, cpus: &[usize], n: u64, work: &Work, done: &impl Fn() -> u64) -> Duration {
    for _ in 0..PATIENCE {
        let before = done();
        let stints = piece(cpus, n, work);
        let expected = (n + WARM_UP) * cpus.len() as u64;
        assert_eq!(done() - before, expected, "{name}: wrong totals");
        if let Some(mean) = mean(&stints) {
            return mean;
        }
    }
    panic!("{name}: in {PATIENCE} tries the CPUs {cpus:?} were never free for half a millisecond")
}

/// Operations before the clock starts: what a thread does once for itself, and the first cache misses.
const WARM_UP: u64 = 200;

fn piece(cpus: &[usize], n: u64, work: &Work) -> Vec<Stint> {
    let ready = AtomicUsize::new(0);
    let stint = |cpu| {
        cpus::pin(cpu);
        work(WARM_UP);
        let before = cpus::preemptions();
        ready.fetch_add(1, Ordering::AcqRel);
        while ready.load(Ordering::Acquire) < cpus.len() {
            std::hint::spin_loop();
        }
        let start = Instant::now();
        work(n);
        let end = Instant::now();
        Stint { start, end, preempted: cpus::preemptions() != before }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = cpus.iter().map(|&cpu| scope.spawn(move || stint(cpu))).collect();
        threads.into_iter().map(|thread| thread.join().expect("the work does not panic")).collect()
    })
}

/// The mean of the threads' own times, if they were at work at the same time.
fn mean(stints: &[Stint]) -> Option<Duration> {
    let start = |f: fn(Instant, Instant) -> Instant| stints.iter().map(|s| s.start).reduce(f);
    let end = |f: fn(Instant, Instant) -> Instant| stints.iter().map(|s| s.end).reduce(f);
    let shared = end(Instant::min)?.saturating_duration_since(start(Instant::max)?);
    let whole = end(Instant::max)? - start(Instant::min)?;
    let undisturbed = stints.iter().all(|stint| !stint.preempted);
    let together = shared.as_nanos() * 100 >= whole.as_nanos() * SHARED;
    let sum: Duration = stints.iter().map(|stint| stint.end - stint.start).sum();
    (undisturbed && together).then(|| sum / stints.len() as u32)
}
