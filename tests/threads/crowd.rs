//! More threads than cores, let go at the same moment, and the proof that they met.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// How many threads: four to a core, at least eight.
pub(crate) fn size() -> usize {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    (4 * cores).clamp(8, 32)
}

/// What the threads of one test share.
pub(crate) struct Crowd {
    threads: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    broken: AtomicBool,
    inside: AtomicUsize,
    met: AtomicU64,
    last: AtomicUsize,
    turns: AtomicU64,
}

impl Crowd {
    /// Runs `work` on every thread, which knows itself by its number.
    pub(crate) fn run<T: Send>(threads: usize, work: impl Fn(usize, &Self) -> T + Sync) -> (Self, Vec<T>) {
        let crowd = Self {
            threads,
            arrived: AtomicUsize::new(0),
            round: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            inside: AtomicUsize::new(0),
            met: AtomicU64::new(0),
            last: AtomicUsize::new(usize::MAX),
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

    /// Waits until all have come. By spinning: those that a futex wakes come one after the other.
    pub(crate) fn gate(&self) {
        let round = self.round.load(Ordering::SeqCst);
        if self.arrived.fetch_add(1, Ordering::SeqCst) + 1 == self.threads {
            self.arrived.store(0, Ordering::SeqCst);
            self.round.store(round + 1, Ordering::SeqCst);
            return;
        }
        let mut looks = 0;
        while self.round.load(Ordering::SeqCst) == round {
            assert!(!self.broken.load(Ordering::Relaxed), "another thread failed");
            looks += 1;
            if looks < 100 { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
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

    /// Notes whose turn it is; cheap enough for the hottest loop, every now and then.
    pub(crate) fn turn(&self, me: usize) {
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
