//! `hscb_limiter_turn`: for calls that wait in a way of their own, such as those of an event loop.

use super::guard::guard;
pub use super::handle::hscb_limiter_turn;
use super::handle::{ask, give, hscb_limiter, out_of, take};
use super::limiter::{ns, wait_ns};
use crate::limiter::Limiter;
use std::ptr;
use std::time::Duration;

/// Takes so many units whose turn comes within `timeout_ms`, without waiting. 0: `*out` is the turn, to be ended with
/// hscb_limiter_turn_go, _give_up or _close; NULL where the call goes without one. Otherwise how long until a call would
/// go, ns, `*out` is NULL, and nothing is taken.
///
/// # Safety
/// `limiter` is NULL (the call goes) or open; `out` points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_reserve(
    limiter: *const hscb_limiter,
    units: u32,
    timeout_ms: u64,
    out: *mut *mut hscb_limiter_turn,
) -> u64 {
    // SAFETY: by contract.
    unsafe { out.write(ptr::null_mut()) };
    let reserve = |limiter: &Limiter| match limiter.reserve(units, Duration::from_millis(timeout_ms)) {
        Ok(turn) => {
            // SAFETY: by contract.
            unsafe { give(out, hscb_limiter_turn(turn)) };
            0
        }
        Err(limited) => wait_ns(limited),
    };
    // SAFETY: by contract.
    unsafe { ask(limiter, 0, reserve) }
}

/// How long until the turn comes, ns; 0 = now. It may become longer meanwhile, by a pause that the server asks for: ask
/// again after waiting.
///
/// # Safety
/// `turn` is NULL (the answer is 0) or from hscb_limiter_reserve.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_turn_due_ns(turn: *const hscb_limiter_turn) -> u64 {
    // SAFETY: by contract.
    guard(0, || unsafe { turn.as_ref() }.map_or(0, |turn| ns(turn.0.due_in())))
}

/// The call goes, and uses the units. Ends the turn.
///
/// # Safety
/// `turn` is NULL or from hscb_limiter_reserve, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_turn_go(turn: *mut hscb_limiter_turn) {
    guard((), || {
        // SAFETY: by contract.
        if let Some(turn) = unsafe { out_of(turn) } {
            turn.0.go();
        }
    });
}

/// The call waits no longer, and does not go: how long until its turn would have come, ns. Ends the turn, and gives its
/// units back.
///
/// # Safety
/// As hscb_limiter_turn_go.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_turn_give_up(turn: *mut hscb_limiter_turn) -> u64 {
    // SAFETY: by contract.
    guard(0, || unsafe { out_of(turn) }.map_or(0, |turn| ns(turn.0.give_up().retry_after)))
}

/// The call was cancelled: ends the turn, and gives its units back. NULL is none.
///
/// # Safety
/// As hscb_limiter_turn_go.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_turn_close(turn: *mut hscb_limiter_turn) {
    // SAFETY: by contract.
    guard((), || unsafe { take(turn) });
}
