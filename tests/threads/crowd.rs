//! More threads than cores, let go at the same moment, and the proof that they met.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many threads: four to a core, at least eight.
pub(crate) fn size() -> usize {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    (4 * cores).clamp(8, 32)
}

/// Runs batches of rounds until calls met so often in all. On a machine that is busy with other things two threads of
/// ours seldom run at the same moment; one where they never do proves nothing, and says so.
pub(crate) fn until_met(needed: u64, mut batch: impl FnMut() -> u64) {
    let begun = Instant::now();
    let mut met = 0;
    while met < needed {
        assert!(
            begun.elapsed() < Duration::from_secs(600),
            "calls met {met} times in ten minutes: no contention"
        );
        met += batch();
    }
}

/// From the moment that the last thread has come to the moment that all go on.
const START: u64 = 3_000;

/// What the threads of one test share.
pub(crate) struct Crowd {
    threads: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    epoch: Instant,
    start: AtomicU64,
    broken: AtomicBool,
    inside: AtomicUsize,
    met: AtomicU64,
    last: AtomicUsize,
    looks: AtomicU64,
    turns: AtomicU64,
}

impl Crowd {
    /// Runs `work` on every thread, which knows itself by its number.
    pub(crate) fn run<T: Send>(threads: usize, work: impl Fn(usize, &Self) -> T + Sync) -> (Self, Vec<T>) {
        let crowd = Self {
            threads,
            arrived: AtomicUsize::new(0),
            round: AtomicUsize::new(0),
            epoch: Instant::now(),
            start: AtomicU64::new(0),
            broken: AtomicBool::new(false),
            inside: AtomicUsize::new(0),
            met: AtomicU64::new(0),
            last: AtomicUsize::new(usize::MAX),
            looks: AtomicU64::new(0),
            turns: AtomicU64::new(0),
        };
        let results = std::thread::scope(|scope| {
            let (crowd, work) = (&crowd, &work);
            let one = |me| {
                let alarm = Alarm(&crowd.broken);
                crowd.gate();
                let result = work(me, crowd);
                std::mem::forget(alarm);
                result
            };
            let running: Vec<_> = (0..threads).map(|me| scope.spawn(move || one(me))).collect();
            running.into_iter().map(|thread| thread.join().expect("a thread of the crowd")).collect()
        });
        (crowd, results)
    }

    /// Waits until all have come, and then for a moment that is the same for those that run just now. By spinning: those
    /// that a futex wakes come one after the other.
    pub(crate) fn gate(&self) {
        let round = self.round.load(Ordering::SeqCst);
        if self.arrived.fetch_add(1, Ordering::SeqCst) + 1 == self.threads {
            self.arrived.store(0, Ordering::SeqCst);
            self.start.store(self.now() + START, Ordering::SeqCst);
            self.round.store(round + 1, Ordering::SeqCst);
        }
        let mut looks = 0;
        while self.round.load(Ordering::SeqCst) == round {
            assert!(!self.broken.load(Ordering::Relaxed), "another thread failed");
            looks += 1;
            if looks < 100 { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        let start = self.start.load(Ordering::SeqCst);
        while self.now() < start {
            std::hint::spin_loop();
        }
    }

    fn now(&self) -> u64 {
        self.epoch.elapsed().as_nanos() as u64
    }

    /// Runs `call`, and notes if another thread is inside of one at that moment.
    pub(crate) fn meet<T>(&self, call: impl FnOnce() -> T) -> T {
        let others = self.inside.fetch_add(1, Ordering::SeqCst);
        let result = call();
        self.inside.fetch_sub(1, Ordering::SeqCst);
        if others > 0 {
            self.met.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    /// Notes whose turn it is, and now and then gives way: on a busy machine each thread would otherwise do all of its
    /// work in one go. Cheap enough for the hottest loop, every few calls.
    pub(crate) fn turn(&self, me: usize) {
        if self.looks.fetch_add(1, Ordering::Relaxed).is_multiple_of(16) {
            std::thread::yield_now();
        }
        if self.last.load(Ordering::Relaxed) != me && self.last.swap(me, Ordering::Relaxed) != me {
            self.turns.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often a call began while another thread was inside of one.
    pub(crate) fn met(&self) -> u64 {
        self.met.load(Ordering::Relaxed)
    }

    /// How often the turn went from one thread to another.
    pub(crate) fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }
}

/// Lets the others out of the gate when its thread panics.
struct Alarm<'a>(&'a AtomicBool);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
