//! Waiting across processes, for events, for a turn, for a seat: a futex on a word that every event raises (Linux); elsewhere, looking again.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The longest single wait: a waiter looks again by itself, so that even a segment whose bytes were overwritten can
/// delay it by no more than this beyond its own limit.
const LOOK_AGAIN: Duration =
    if cfg!(target_os = "linux") { Duration::from_secs(1) } else { Duration::from_millis(10) };

/// Wakes every waiter in every process. Unconditional: one that mapped the file for reading cannot announce itself.
pub(crate) fn wake_all(word: &AtomicU32) {
    wake(word, i32::MAX as u32);
}

/// Wakes one waiter of those in all processes.
pub(crate) fn wake_one(word: &AtomicU32) {
    wake(word, 1);
}

#[cfg(target_os = "linux")]
fn wake(word: &AtomicU32, waiters: u32) {
    use rustix::thread::futex;
    let _ = futex::wake(word, futex::Flags::empty(), waiters);
}

#[cfg(not(target_os = "linux"))]
fn wake(_word: &AtomicU32, _waiters: u32) {}

/// Waits until `found` says yes or the time is up; what it said last.
pub(super) fn wait_until(word: &AtomicU32, timeout: Duration, found: impl FnMut() -> bool) -> bool {
    // ORDERING: Acquire, SYNC-WAKE (`journal`): read before looking.
    wait_listening(word, || word.load(Ordering::Acquire), timeout, LOOK_AGAIN, found)
}

/// The same, where `listen` gives the word before each look, and a look comes after `look_again` at the latest.
pub(crate) fn wait_listening(
    word: &AtomicU32,
    listen: impl Fn() -> u32,
    timeout: Duration,
    look_again: Duration,
    mut found: impl FnMut() -> bool,
) -> bool {
    let begun = Instant::now();
    loop {
        let seen = listen();
        if found() {
            return true;
        }
        let left = timeout.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return false;
        }
        sleep_while(word, seen, left.min(look_again).min(LOOK_AGAIN));
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
