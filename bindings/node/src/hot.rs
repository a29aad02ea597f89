//! Admit and record. They take nothing and return nothing: what they need is in the scratch, and the slots are the
//! environment's own data. A panic that left one would end the process, so it becomes the answer under which calls go on.

use crate::slots::{self, Scratch};
use holysheep_cb::Breaker;
use napi::bindgen_prelude::{Env, JsObjectValue, Object, Unknown};
use napi::{check_status, sys};
use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::time::Duration;

/// The permit of a call that goes without a breaker and is recorded nowhere.
const PASS: u64 = 1;

/// What a permit is given back with; `ts/hot.ts` has the same numbers.
mod outcome {
    pub(super) const SUCCESS: u32 = 0;
    pub(super) const FAILURE: u32 = 1;
    /// A failure that asks to wait for `ms`.
    pub(super) const THROTTLED: u32 = 3;
    /// A success that took `ms`, whenever its permit was given.
    pub(super) const SUCCESS_AFTER: u32 = 4;
    /// A failure that took `ms`.
    pub(super) const FAILURE_AFTER: u32 = 5;
}

type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// Exports the hot functions.
pub(crate) fn install(env: &Env, exports: &mut Object) -> napi::Result<()> {
    let functions: [(&CStr, Callback); 2] = [(c"admit", admit), (c"record", record)];
    for (name, callback) in functions {
        let mut function = ptr::null_mut();
        // SAFETY: the environment is ours during registration; the name says its own length.
        let function = unsafe {
            let (bytes, data) = (name.count_bytes() as isize, ptr::null_mut());
            let made = sys::napi_create_function(
                env.raw(),
                name.as_ptr(),
                bytes,
                Some(callback),
                data,
                &mut function,
            );
            check_status!(made)?;
            Unknown::from_raw_unchecked(env.raw(), function)
        };
        exports.set_property(env.create_string(name.to_string_lossy())?, function)?;
    }
    Ok(())
}

/// May a call go? Out: the permit; 0 with the waiting time if not.
unsafe extern "C" fn admit(env: sys::napi_env, _info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: called by Node, in the environment whose registration made this function.
    let slots = unsafe { slots::borrow(env) };
    let scratch = slots.scratch();
    let admitted = guard(|| {
        slots.ask(|breaker| match breaker.admit() {
            Ok(permit) => permit.into_raw(),
            Err(rejected) => {
                scratch.ms.set(rejected.retry_after.map_or(f64::NAN, wait_ms));
                0
            }
        })
    });
    scratch.set_permit(admitted.flatten().unwrap_or(PASS));
    ptr::null_mut()
}

/// Gives a permit back.
unsafe extern "C" fn record(env: sys::napi_env, _info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: called by Node, in the environment whose registration made this function.
    let slots = unsafe { slots::borrow(env) };
    let _ = guard(|| slots.ask(|breaker| give_back(breaker, slots.scratch())));
    ptr::null_mut()
}

#[inline(always)]
fn give_back(breaker: &Breaker, scratch: &Scratch) {
    let permit = breaker.permit_from_raw(scratch.permit());
    match scratch.outcome.get() {
        outcome::SUCCESS => permit.success(),
        outcome::FAILURE => permit.failure(),
        outcome::THROTTLED => permit.throttled(from_ms(scratch.ms.get())),
        outcome::SUCCESS_AFTER => permit.success_after(from_ms(scratch.ms.get())),
        outcome::FAILURE_AFTER => permit.failure_after(from_ms(scratch.ms.get())),
        _ => permit.ignore(),
    }
}

/// Runs a body; `None` if it panics.
#[inline(always)]
fn guard<T>(body: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(answer) => Some(answer),
        Err(panic) => {
            // Its destructor is somebody else's code, which may panic again.
            std::mem::forget(panic);
            None
        }
    }
}

/// Milliseconds of JavaScript as a duration: nonsense (negative, NaN) is none, what is too long is the longest.
pub(crate) fn from_ms(ms: f64) -> Duration {
    if ms > 0.0 { Duration::try_from_secs_f64(ms / 1e3).unwrap_or(Duration::MAX) } else { Duration::ZERO }
}

/// A duration in milliseconds.
pub(crate) fn to_ms(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1e6
}

/// A waiting time in whole milliseconds, so that a timer of that length does not come too early.
pub(crate) fn wait_ms(duration: Duration) -> f64 {
    to_ms(duration).ceil()
}
