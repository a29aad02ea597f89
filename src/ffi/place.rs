//! `hscb_bulkhead_place`: for calls that wait in a way of their own, such as those of an event loop.

use super::breaker::HSCB_PERMIT_PASS;
use super::guard::guard;
pub use super::handle::hscb_bulkhead_place;
use super::handle::{ask, give, hscb_bulkhead, out_of, take};
use crate::bulkhead::Bulkhead;
use std::ptr;
use std::time::Duration;

/// A place in the queue, for a call that waits in its own way; without waiting. True: `*out` is the place, to be ended with
/// hscb_bulkhead_place_give_up or _close; NULL where the call goes without one. False: as many wait already as may, and
/// `*out` is NULL.
///
/// # Safety
/// `bulkhead` is NULL (the call goes) or open; `out` points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_line_up(
    bulkhead: *const hscb_bulkhead,
    out: *mut *mut hscb_bulkhead_place,
) -> bool {
    // SAFETY: by contract.
    unsafe { out.write(ptr::null_mut()) };
    let line_up = |bulkhead: &Bulkhead| match bulkhead.line_up() {
        Ok(place) => {
            // SAFETY: by contract.
            unsafe { give(out, hscb_bulkhead_place(Some(place))) };
            true
        }
        Err(_) => false,
    };
    // SAFETY: by contract.
    unsafe { ask(bulkhead, true, line_up) }
}

/// Waits for a free seat at most `timeout_ms`, and keeps it; whether it has one.
///
/// # Safety
/// `place` is NULL (the answer is true) or from hscb_bulkhead_line_up; nothing else uses it meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_place_wait(place: *mut hscb_bulkhead_place, timeout_ms: u64) -> bool {
    guard(true, || {
        // SAFETY: by contract.
        let Some(place) = (unsafe { place.as_mut() }) else { return true };
        place.0.as_mut().is_some_and(|place| place.wait(Duration::from_millis(timeout_ms)))
    })
}

/// The seat that the place has, or one that is free now: a permit, to be given back with hscb_bulkhead_leave; 0 = none yet.
/// Never waits. A place that gave its permit gives no other.
///
/// # Safety
/// `place` is NULL (the answer is HSCB_PERMIT_PASS) or from hscb_bulkhead_line_up; nothing else uses it meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_place_enter(place: *mut hscb_bulkhead_place) -> u64 {
    guard(HSCB_PERMIT_PASS, || {
        // SAFETY: by contract.
        let Some(place) = (unsafe { place.as_mut() }) else { return HSCB_PERMIT_PASS };
        match place.0.take().map(|place| place.enter(Duration::ZERO)) {
            Some(Ok(permit)) => permit.into_raw(),
            Some(Err(kept)) => {
                place.0 = Some(kept);
                0
            }
            None => 0,
        }
    })
}

/// The call waits no longer, and is not let in. Ends the place.
///
/// # Safety
/// `place` is NULL or from hscb_bulkhead_line_up, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_place_give_up(place: *mut hscb_bulkhead_place) {
    guard((), || {
        // SAFETY: by contract.
        if let Some(place) = unsafe { out_of(place) }.and_then(|place| place.0) {
            let _ = place.give_up();
        }
    });
}

/// The call is in, or was cancelled: ends the place. NULL is none.
///
/// # Safety
/// As hscb_bulkhead_place_give_up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_place_close(place: *mut hscb_bulkhead_place) {
    // SAFETY: by contract.
    guard((), || unsafe { take(place) });
}
