//! What the machine itself needs.

use super::sink::{keep, opaque};
use super::subject::{Subject, time};
use crossbeam_utils::CachePadded;
use rustix::time::{ClockId, clock_gettime};
use std::sync::atomic::{AtomicU64, Ordering};

/// The clock that the library reads, by the call that it reads it with.
#[inline(always)]
fn coarse_ns() -> u64 {
    let time = clock_gettime(ClockId::MonotonicCoarse);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The floor of DESIGN 8: what no breaker can do without that stamps a permit, times a call and counts it.
pub(crate) fn floor() -> Subject {
    counting("floor", |word, counter| {
        keep(word.load(Ordering::Acquire));
        keep(coarse_ns());
        keep(coarse_ns());
        counter.fetch_add(1, Ordering::Relaxed);
    })
}

/// The same with the clock called where the kernel put it, without a function of rustix or libc in between: the least
/// that can be written. `None` where there is no such place.
pub(crate) fn bare_floor() -> Option<Subject> {
    type GetTime = unsafe extern "C" fn(libc::clockid_t, *mut libc::timespec) -> libc::c_int;
    // SAFETY: C strings; the object is loaded into every process, and stays.
    let address = unsafe {
        let vdso = libc::dlopen(c"linux-vdso.so.1".as_ptr(), libc::RTLD_NOW | libc::RTLD_NOLOAD);
        if vdso.is_null() {
            return None;
        }
        let known = [c"__vdso_clock_gettime", c"__kernel_clock_gettime"];
        known.map(|name| libc::dlsym(vdso, name.as_ptr())).into_iter().find(|address| !address.is_null())?
    };
    // SAFETY: the kernel documents this symbol with this type.
    let get_time = unsafe { std::mem::transmute::<*mut libc::c_void, GetTime>(address) };
    let coarse_ns = move || {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: room for the answer.
        let _ = unsafe { get_time(libc::CLOCK_MONOTONIC_COARSE, &raw mut time) };
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    };
    Some(counting("bare floor", move |word, counter| {
        keep(word.load(Ordering::Acquire));
        keep(coarse_ns());
        keep(coarse_ns());
        counter.fetch_add(1, Ordering::Relaxed);
    }))
}

/// One uncontended `fetch_add`.
pub(crate) fn fetch_add() -> Subject {
    counting("fetch_add", |_, counter| {
        counter.fetch_add(1, Ordering::Relaxed);
    })
}

/// The floor of a rejection: is it still too early, and count.
pub(crate) fn clock_and_fetch_add() -> Subject {
    counting("clock + fetch_add", |_, counter| {
        keep(coarse_ns());
        counter.fetch_add(1, Ordering::Relaxed);
    })
}

/// One coarse clock read.
pub(crate) fn clock() -> Subject {
    Subject::new("clock", |n| time(n, || keep(coarse_ns())))
}

/// `work` on a word that is only read and one that counts.
fn counting(name: &'static str, work: impl Fn(&AtomicU64, &AtomicU64) + Copy + 'static) -> Subject {
    let one = move |_| {
        let words = [const { CachePadded::new(AtomicU64::new(0)) }; 2];
        Subject::new(name, move |n| {
            let [word, counter] = &words;
            let before = counter.load(Ordering::Relaxed);
            let took = time(n, || work(opaque(word), opaque(counter)));
            assert_eq!(counter.load(Ordering::Relaxed) - before, n, "{name}: lost counts");
            took
        })
    };
    Subject::in_turn(name, one)
}
