//! `hscb_breaker`. The hot functions have no status: with a NULL handle, or after a panic, the call goes and is recorded
//! nowhere.

use super::config::{self, hscb_config};
use super::guard::{fallible, guard};
pub use super::handle::hscb_breaker;
use super::handle::{ask, borrow, give, hscb_segment, required, take, text};
use super::status::{HSCB_EXISTING, HSCB_OK};
use crate::breaker::Breaker;
use crate::outcome::Outcome;
use std::ffi::c_char;

/// The call did what it should.
pub const HSCB_SUCCESS: i32 = 0;
/// The service failed the call.
pub const HSCB_FAILURE: i32 = 1;
/// Cancelled, or the caller's own fault: no verdict on the service.
pub const HSCB_IGNORED: i32 = 2;

/// Admits all calls and records them.
pub const HSCB_CLOSED: i32 = 0;
/// Rejects all calls until its deadline.
pub const HSCB_OPEN: i32 = 1;
/// Admits probes.
pub const HSCB_HALF_OPEN: i32 = 2;
/// Rejects all calls until told otherwise.
pub const HSCB_FORCED_OPEN: i32 = 3;
/// Admits all calls, keeps totals only.
pub const HSCB_DISABLED: i32 = 4;
/// Admits and records all calls, never trips.
pub const HSCB_OBSERVING: i32 = 5;

/// The permit of a call that goes without a breaker and is recorded nowhere.
pub const HSCB_PERMIT_PASS: u64 = 1;

/// Gets the breaker of this name, or creates it.
///
/// `segment`: NULL for a private one that all of this process shares. `name`: 1 to 127 bytes of UTF-8 without control
/// characters. `config`: NULL for the defaults, or the existing breaker's own. An existing breaker keeps its
/// configuration: HSCB_EXISTING (1) if that differs from `config`. `*out`: to be closed with hscb_breaker_close.
///
/// # Safety
/// `segment` is NULL or open; `name` is NULL or NUL-terminated; `config` is NULL or points to as many bytes as its
/// struct_size says; `out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_breaker_open(
    segment: *mut hscb_segment,
    name: *const c_char,
    config: *const hscb_config,
    out: *mut *mut hscb_breaker,
) -> i32 {
    fallible(|| {
        required(out, "out")?;
        // SAFETY: by contract.
        let (segment, name) = unsafe { (segment.as_ref(), text(name, "name")?) };
        // SAFETY: by contract.
        let config = if config.is_null() { None } else { Some(unsafe { config::read(config) }?) };
        let mut builder = Breaker::builder();
        if let Some(segment) = segment {
            builder = builder.segment(&segment.0);
        }
        if let Some(config) = config {
            builder = builder.config(config);
        }
        let breaker = builder.open(name)?;
        let differs = config.is_some_and(|config| config != breaker.config());
        // SAFETY: not NULL, by contract a pointer.
        unsafe { give(out, hscb_breaker(breaker)) };
        Ok(if differs { HSCB_EXISTING } else { HSCB_OK })
    })
}

/// Replaces the configuration, for every process that shares the breaker. Mode and window stay, unless window,
/// window_ms, window_buckets or window_calls change, which empties the window.
///
/// # Safety
/// `breaker` is NULL or open; `config` is NULL or points to as many bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_breaker_configure(
    breaker: *const hscb_breaker,
    config: *const hscb_config,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let breaker = unsafe { borrow(breaker, "breaker") }?;
        required(config, "config")?;
        // SAFETY: by contract.
        breaker.0.configure(&unsafe { config::read(config) }?)?;
        Ok(HSCB_OK)
    })
}

/// Closes a breaker; NULL is none. In a shared segment the breaker itself stays.
///
/// # Safety
/// `breaker` is NULL or came from hscb_breaker_open, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_breaker_close(breaker: *mut hscb_breaker) {
    // SAFETY: by contract.
    guard((), || unsafe { take(breaker) });
}

/// Asks whether a call may go: its permit, to be given back with hscb_record; 0 = rejected.
///
/// # Safety
/// `breaker` is NULL (the answer is HSCB_PERMIT_PASS) or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_admit(breaker: *const hscb_breaker) -> u64 {
    // SAFETY: by contract.
    unsafe { ask(breaker, HSCB_PERMIT_PASS, |b| b.admit_at(b.now()).unwrap_or(0)) }
}

/// hscb_admit at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_admit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_admit_at(breaker: *const hscb_breaker, now_ns: u64) -> u64 {
    // SAFETY: by contract.
    unsafe { ask(breaker, HSCB_PERMIT_PASS, |b| b.admit_at(now_ns).unwrap_or(0)) }
}

/// Gives a permit back with the call's outcome; its duration is the time since it was admitted. An unknown outcome is
/// ignored.
///
/// # Safety
/// `breaker` is NULL (nothing happens) or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_record(breaker: *const hscb_breaker, permit: u64, outcome: i32) {
    // SAFETY: by contract.
    unsafe { ask(breaker, (), |b| b.record_at(permit, outcome_of(outcome), b.now())) };
}

/// hscb_record at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_record_at(
    breaker: *const hscb_breaker,
    permit: u64,
    outcome: i32,
    now_ns: u64,
) {
    // SAFETY: by contract.
    unsafe { ask(breaker, (), |b| b.record_at(permit, outcome_of(outcome), now_ns)) };
}

/// As hscb_record, with a duration other than the time since admission, such as that to the first token.
///
/// # Safety
/// As hscb_record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_record_duration(
    breaker: *const hscb_breaker,
    permit: u64,
    outcome: i32,
    duration_ns: u64,
) {
    // SAFETY: by contract.
    unsafe {
        ask(breaker, (), |b| b.give_back_at(permit, outcome_of(outcome).into(), Some(duration_ns), b.now()))
    };
}

/// hscb_record_duration at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_record_duration.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_record_duration_at(
    breaker: *const hscb_breaker,
    permit: u64,
    outcome: i32,
    duration_ns: u64,
    now_ns: u64,
) {
    // SAFETY: by contract.
    unsafe {
        ask(breaker, (), |b| b.give_back_at(permit, outcome_of(outcome).into(), Some(duration_ns), now_ns))
    };
}

/// Gives a permit back with a failure for which the server said how long to wait (429 or 503 with Retry-After): opens
/// the breaker at once for that long, at most retry_after_max_ms.
///
/// # Safety
/// As hscb_record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_record_throttled(
    breaker: *const hscb_breaker,
    permit: u64,
    retry_after_ms: u64,
) {
    // SAFETY: by contract.
    unsafe { ask(breaker, (), |b| b.record_throttled_at(permit, retry_after_ms, b.now())) };
}

/// hscb_record_throttled at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_record_throttled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_record_throttled_at(
    breaker: *const hscb_breaker,
    permit: u64,
    retry_after_ms: u64,
    now_ns: u64,
) {
    // SAFETY: by contract.
    unsafe { ask(breaker, (), |b| b.record_throttled_at(permit, retry_after_ms, now_ns)) };
}

/// Whether hscb_admit would admit a call now; changes nothing.
///
/// # Safety
/// `breaker` is NULL (the answer is true) or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_would_admit(breaker: *const hscb_breaker) -> bool {
    // SAFETY: by contract.
    unsafe { ask(breaker, true, |b| b.would_admit_at(b.now())) }
}

/// hscb_would_admit at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_would_admit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_would_admit_at(breaker: *const hscb_breaker, now_ns: u64) -> bool {
    // SAFETY: by contract.
    unsafe { ask(breaker, true, |b| b.would_admit_at(now_ns)) }
}

/// How long until a call would be admitted, ns: 0 = now, UINT64_MAX = not to be known (forced open, or probes are out).
///
/// # Safety
/// `breaker` is NULL (the answer is 0) or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_retry_after_ns(breaker: *const hscb_breaker) -> u64 {
    // SAFETY: by contract.
    unsafe { ask(breaker, 0, |b| b.retry_after_at(b.now())) }
}

/// hscb_retry_after_ns at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_retry_after_ns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_retry_after_ns_at(breaker: *const hscb_breaker, now_ns: u64) -> u64 {
    // SAFETY: by contract.
    unsafe { ask(breaker, 0, |b| b.retry_after_at(now_ns)) }
}

fn outcome_of(outcome: i32) -> Outcome {
    match outcome {
        HSCB_SUCCESS => Outcome::Success,
        HSCB_FAILURE => Outcome::Failure,
        _ => Outcome::Ignored,
    }
}
