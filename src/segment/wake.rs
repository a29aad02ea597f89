//! Waiting for events across processes: a futex on a word that every event raises (Linux); elsewhere, looking again.

use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

/// The longest single wait: a waiter looks again by itself, so that even a segment whose bytes were overwritten can
/// delay it by no more than this beyond its own limit.
const LOOK_AGAIN: Duration =
    if cfg!(target_os = "linux") { Duration::from_secs(1) } else { Duration::from_millis(10) };

/// Wakes every waiter in every process. Unconditional: one that mapped the file for reading cannot announce itself.
pub(super) fn wake_all(word: &AtomicU32) {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::futex;
        let _ = futex::wake(word, futex::Flags::empty(), i32::MAX as u32);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = word;
}

/// Waits until `found` says yes or the time is up; what it said last.
pub(super) fn wait_until(word: &AtomicU32, timeout: Duration, found: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        // ORDERING: Acquire, SYNC-WAKE (`journal`): read before looking.
        let seen = word.load(std::sync::atomic::Ordering::Acquire);
        if found() {
            return true;
        }
        let left = timeout.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return false;
        }
        sleep_while(word, seen, left.min(LOOK_AGAIN));
    }
}

#[cfg(target_os = "linux")]
fn sleep_while(word: &AtomicU32, seen: u32, at_most: Duration) {
    use rustix::thread::futex;
    let limit = rustix::time::Timespec {
        tv_sec: at_most.as_secs() as i64,
        tv_nsec: i64::from(at_most.subsec_nanos()),
    };
    // Woken, timed out, interrupted or the word had changed: the caller looks again in every case. Where the kernel
    // refuses (a filter on system calls), sleep a little instead of spinning.
    match futex::wait(word, futex::Flags::empty(), seen, Some(&limit)) {
        Ok(()) | Err(rustix::io::Errno::AGAIN | rustix::io::Errno::TIMEDOUT | rustix::io::Errno::INTR) => {}
        Err(_) => std::thread::sleep(at_most.min(Duration::from_millis(10))),
    }
}

#[cfg(not(target_os = "linux"))]
fn sleep_while(_word: &AtomicU32, _seen: u32, at_most: Duration) {
    std::thread::sleep(at_most);
}
