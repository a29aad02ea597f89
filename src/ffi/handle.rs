//! Raw pointers in and out: handles, strings, out-parameters. The only file that turns one into the other.

use super::guard::guard;
use super::status::remember;
use crate::breaker::Breaker;
use crate::error::{Error, ErrorKind, Result};
use crate::segment::Segment;
use std::ffi::{CStr, c_char};

/// A segment: memory that holds named breakers and their events, private to the process or a file that many map.
pub struct hscb_segment(pub(super) Segment);

/// A handle of a breaker. Handles of the same name in the same segment, in any process, are the same breaker.
pub struct hscb_breaker(pub(super) Breaker);

/// A required handle.
///
/// # Safety
/// `handle` is NULL or came from this library's `_open` and was not closed; it outlives the returned reference.
pub(super) unsafe fn borrow<'a, T>(handle: *const T, what: &str) -> Result<&'a T> {
    // SAFETY: by contract.
    unsafe { handle.as_ref() }.ok_or_else(|| null(what))
}

/// Hands a value to the caller, who gives it back with [`take`].
///
/// # Safety
/// `out` points to a writable pointer.
pub(super) unsafe fn give<T>(out: *mut *mut T, value: T) {
    // SAFETY: by contract; callers check for NULL before they make the value.
    unsafe { out.write(Box::into_raw(Box::new(value))) };
}

/// Takes a value back and drops it; NULL is none.
///
/// # Safety
/// `handle` is NULL or came from [`give`], and is not used any more.
pub(super) unsafe fn take<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: by contract.
        drop(unsafe { Box::from_raw(handle) });
    }
}

/// A required out-parameter or struct.
pub(super) fn required<T>(pointer: *const T, what: &str) -> Result<()> {
    if pointer.is_null() { Err(null(what)) } else { Ok(()) }
}

/// A required string.
///
/// # Safety
/// `string` is NULL or NUL-terminated, and outlives the returned reference.
pub(super) unsafe fn text<'a>(string: *const c_char, what: &str) -> Result<&'a str> {
    required(string, what)?;
    // SAFETY: by contract.
    let bytes = unsafe { CStr::from_ptr(string) };
    bytes.to_str().map_err(|error| Error::new(ErrorKind::Utf8, format!("{what} is not UTF-8: {error}")))
}

fn null(what: &str) -> Error {
    Error::new(ErrorKind::Null, format!("{what} is NULL, but must not be"))
}

/// A hot function, which has no status: asks the breaker; with NULL or after a panic the answer is `otherwise`.
///
/// # Safety
/// As [`borrow`].
#[inline(always)]
pub(super) unsafe fn ask<T: Copy>(
    handle: *const hscb_breaker,
    otherwise: T,
    question: impl FnOnce(&Breaker) -> T,
) -> T {
    guard(otherwise, || {
        // SAFETY: by contract.
        match unsafe { handle.as_ref() } {
            Some(handle) => question(&handle.0),
            None => {
                no_breaker();
                otherwise
            }
        }
    })
}

#[cold]
fn no_breaker() {
    remember("breaker is NULL: the call goes on unprotected and is recorded nowhere");
}
