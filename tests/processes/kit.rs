//! What roles use: forks under a deadline, memory shared with them, a clock of one's own, and the cycle that shows that
//! a breaker works.

use holysheep_cb::{Breaker, Clock, Config, Mode, Rejected, Segment, SegmentOptions};
use std::cell::Cell;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

pub(crate) const MS: u64 = 1_000_000;

/// Waits for something that another process does; never decides by itself that enough time has passed.
pub(crate) fn until(what: &str, limit: Duration, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !done() {
        assert!(Instant::now() < deadline, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// A small segment: `capacity` breakers of one stripe.
pub(crate) fn small(capacity: u32) -> SegmentOptions {
    SegmentOptions::new().capacity(capacity).stripes(1)
}

/// A process that was forked from this one.
pub(crate) struct Fork(libc::pid_t);

impl Fork {
    /// Runs `body` in a forked child, which ends with 0, or with 99 if it panics. Its handles and memory are copies.
    pub(crate) fn run(body: impl FnOnce()) -> Self {
        // SAFETY: the child runs on with copies of this thread's memory and leaves by `_exit`; the one other thread
        // that a role has waits for it and holds nothing that the child asks for.
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0, "fork: {}", std::io::Error::last_os_error());
        if pid == 0 {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
            // SAFETY: ends the child at once, as it must: what its parent runs at exit is not the child's.
            unsafe { libc::_exit(if result.is_ok() { 0 } else { 99 }) };
        }
        Self(pid)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0 as u32
    }

    pub(crate) fn kill(&self) {
        // SAFETY: a child of ours that was not waited for, so the number is still its own.
        unsafe { libc::kill(self.0, libc::SIGKILL) };
    }

    /// Waits for its end, whatever it was: its wait status.
    pub(crate) fn reap(self) -> i32 {
        let mut status = 0;
        // SAFETY: a child of ours and a live out-parameter.
        let pid = unsafe { libc::waitpid(self.0, &mut status, 0) };
        assert_eq!(pid, self.0, "waitpid: {}", std::io::Error::last_os_error());
        std::mem::forget(self);
        status
    }

    /// Waits for its end by itself, which must be a good one.
    pub(crate) fn join(self, what: &str, limit: Duration) {
        let deadline = Instant::now() + limit;
        loop {
            let mut status = 0;
            // SAFETY: as in `reap`.
            let pid = unsafe { libc::waitpid(self.0, &mut status, libc::WNOHANG) };
            if pid == self.0 {
                std::mem::forget(self);
                assert_eq!(status, 0, "{what} ended with wait status {status:#x}");
                return;
            }
            assert!(Instant::now() < deadline, "{what} hangs: not done within {limit:?}");
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

impl Drop for Fork {
    /// Only where a test has failed is a child still there.
    fn drop(&mut self) {
        self.kill();
    }
}

/// `count` zeros that forked children share with us. Never freed: a role's process ends soon.
pub(crate) fn shared_words(count: usize) -> &'static [AtomicU64] {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
    let bytes = count * size_of::<AtomicU64>();
    // SAFETY: a fresh mapping at an address that the kernel chooses.
    let start = unsafe {
        mmap_anonymous(std::ptr::null_mut(), bytes, ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED)
    };
    let start = start.expect("shared memory").cast::<AtomicU64>();
    // SAFETY: `count` zeroed, aligned atomics, mapped for as long as the process lives.
    unsafe { std::slice::from_raw_parts(start, count) }
}

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(0) };
}

/// The time that this thread set with [`at`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own;

impl Clock for Own {
    fn now_ns(&self) -> u64 {
        NOW.get()
    }
}

/// Sets this thread's time.
pub(crate) fn at(now: u64) {
    NOW.set(now);
}

/// A breaker under this thread's own time.
pub(crate) fn timed(segment: &Segment, name: &str, config: Config) -> Breaker<Own> {
    Breaker::builder().segment(segment).config(config).clock(Own).open(name).expect("a breaker")
}

/// A breaker works: from whatever mode it is in, left alone for `wait` it lets itself be closed by successes; then
/// failures trip it, time brings it to half-open, and successes close it again. `start` is later than any of its times.
pub(crate) fn assert_works(breaker: &Breaker<Own>, start: u64, wait: Duration) {
    let wait = wait.as_nanos() as u64;
    at(start + wait);
    close(breaker);
    for _ in 0..200 {
        let _ = breaker.admit().map(|permit| permit.failure());
    }
    let tripped = breaker.snapshot();
    assert_eq!(tripped.mode, Mode::Open, "{tripped:?}");
    at(NOW.get() + tripped.open_remaining_ns + MS);
    close(breaker);
}

/// Successes close it, without an operator; where it is open meanwhile, by and by.
fn close(breaker: &Breaker<Own>) {
    let mut openings = 0;
    for _ in 0..300 {
        let now = breaker.snapshot();
        if now.mode == Mode::Closed && now.consecutive_failures == 0 {
            return;
        }
        match breaker.admit().map(|permit| permit.success()) {
            Ok(()) => {}
            // It may have been half-open for too long, and opens once more (S8).
            Err(Rejected { retry_after: Some(wait) }) if openings < 2 => {
                openings += 1;
                at(NOW.get() + wait.as_nanos() as u64 + MS);
            }
            Err(rejected) => panic!("it rejects ({rejected}): {now:?}"),
        }
    }
    panic!("300 successes do not close it: {:?}", breaker.snapshot());
}
