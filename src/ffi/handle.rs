//! Raw pointers in and out: handles, strings, out-parameters. The only file that turns one into the other.

use super::guard::guard;
use super::status::remember;
use crate::breaker::Breaker;
use crate::bulkhead::{Bulkhead, BulkheadPlace};
#[cfg(feature = "client")]
use crate::client::{Cancel, Client};
use crate::error::{Error, ErrorKind, Result};
use crate::limiter::{Limiter, LimiterTurn};
use crate::response::Response;
use crate::segment::Segment;
#[cfg(feature = "client")]
use std::ffi::CString;
use std::ffi::{CStr, c_char};

/// A segment: memory that holds named breakers and their events, private to the process or a file that many map.
pub struct hscb_segment(pub(super) Segment);

impl hscb_segment {
    /// A handle of a segment that Rust holds, for a binding whose other half speaks C; to be closed with
    /// `hscb_segment_close`.
    #[must_use]
    pub fn lent(segment: &Segment) -> *mut Self {
        Box::into_raw(Box::new(Self(segment.clone())))
    }
}

/// A handle of a breaker. Handles of the same name in the same segment, in any process, are the same breaker.
pub struct hscb_breaker(pub(super) Breaker);

/// A handle of a rate limiter. Handles of the same name in the same segment, in any process, are the same limiter.
pub struct hscb_limiter(pub(super) Limiter);

/// A handle of a bulkhead. Handles of the same name in the same segment, in any process, are the same bulkhead.
pub struct hscb_bulkhead(pub(super) Bulkhead);

/// A client for AI relays.
#[cfg(feature = "client")]
pub struct hscb_client(pub(super) Client);

/// What a call of a client came to: an answer, or why there is none.
#[cfg(feature = "client")]
pub struct hscb_result(pub(super) Outcome);

/// What a call of a client can be broken off by, from any thread.
#[cfg(feature = "client")]
pub struct hscb_cancel(pub(super) Cancel);

/// What a result shows.
#[cfg(feature = "client")]
pub(super) struct Outcome {
    pub(super) json: CString,
    pub(super) body: Vec<u8>,
    pub(super) text: Option<CString>,
}
/// Units that a call has taken, and when it may go.
pub struct hscb_limiter_turn(pub(super) LimiterTurn);

/// A call that waits for a seat. For one thread at a time.
pub struct hscb_bulkhead_place(pub(super) Option<BulkheadPlace>);

/// A response that is being judged. For one thread at a time.
pub struct hscb_response(pub(super) Response);

/// A required handle.
///
/// # Safety
/// `handle` is NULL or came from this library's `_open` and was not closed; it outlives the returned reference.
pub(super) unsafe fn borrow<'a, T>(handle: *const T, what: &str) -> Result<&'a T> {
    // SAFETY: by contract.
    unsafe { handle.as_ref() }.ok_or_else(|| null(what))
}

/// A required handle that is changed.
///
/// # Safety
/// As [`borrow`], and nothing else uses it meanwhile.
pub(super) unsafe fn borrow_mut<'a, T>(handle: *mut T, what: &str) -> Result<&'a mut T> {
    // SAFETY: by contract.
    unsafe { handle.as_mut() }.ok_or_else(|| null(what))
}

/// Hands a value to the caller, who gives it back with [`take`].
///
/// # Safety
/// `out` points to a writable pointer.
pub(super) unsafe fn give<T>(out: *mut *mut T, value: T) {
    // SAFETY: by contract; callers check for NULL before they make the value.
    unsafe { out.write(Box::into_raw(Box::new(value))) };
}

/// Takes a value back; NULL is none.
///
/// # Safety
/// `handle` is NULL or came from [`give`], and is not used any more.
pub(super) unsafe fn out_of<T>(handle: *mut T) -> Option<T> {
    // SAFETY: by contract.
    (!handle.is_null()).then(|| *unsafe { Box::from_raw(handle) })
}

/// Takes a value back and drops it; NULL is none.
///
/// # Safety
/// As [`out_of`].
pub(super) unsafe fn take<T>(handle: *mut T) {
    // SAFETY: by contract.
    drop(unsafe { out_of(handle) });
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

/// Bytes; NULL with the length 0 are none.
///
/// # Safety
/// `bytes` is NULL or points to `len` readable bytes, and outlives the returned reference.
pub(super) unsafe fn bytes<'a>(bytes: *const u8, len: usize, what: &str) -> Result<&'a [u8]> {
    if len == 0 {
        return Ok(&[]);
    }
    required(bytes, what)?;
    if len > isize::MAX as usize {
        let message = format!("{what} is {len} bytes long, which no memory is");
        return Err(Error::new(ErrorKind::Argument, message));
    }
    // SAFETY: by contract, and no longer than a slice may be.
    Ok(unsafe { std::slice::from_raw_parts(bytes, len) })
}

/// Writes a string with its NUL; its length without.
///
/// # Safety
/// `buf` is NULL or points to `cap` writable bytes.
pub(super) unsafe fn write_text(buf: *mut c_char, cap: u32, text: &str) -> Result<i32> {
    required(buf, "buf")?;
    if text.len() >= cap as usize {
        let message = format!("cap is {cap}, but must be at least {} here", text.len() + 1);
        return Err(Error::new(ErrorKind::Argument, message));
    }
    // SAFETY: by contract, and shorter than `cap`.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr(), buf.cast::<u8>(), text.len());
        buf.add(text.len()).write(0);
    }
    Ok(text.len() as i32)
}

fn null(what: &str) -> Error {
    Error::new(ErrorKind::Null, format!("{what} is NULL, but must not be"))
}

/// A handle that hot functions ask.
pub(super) trait Asked {
    /// What it is a handle of.
    type Of;
    /// The name of the parameter.
    const NAME: &'static str;
    fn of(&self) -> &Self::Of;
}

macro_rules! asked {
    ($($handle:ident $of:ident $name:literal;)*) => {
        $(impl Asked for $handle {
            type Of = $of;
            const NAME: &'static str = $name;
            #[inline(always)]
            fn of(&self) -> &$of {
                &self.0
            }
        })*
    };
}

asked! {
    hscb_breaker Breaker "breaker";
    hscb_limiter Limiter "limiter";
    hscb_bulkhead Bulkhead "bulkhead";
}

/// A hot function, which has no status: asks the handle; with NULL or after a panic the answer is `otherwise`.
///
/// # Safety
/// As [`borrow`].
#[inline(always)]
pub(super) unsafe fn ask<H: Asked, T: Copy>(
    handle: *const H,
    otherwise: T,
    question: impl FnOnce(&H::Of) -> T,
) -> T {
    guard(otherwise, || {
        // SAFETY: by contract.
        match unsafe { handle.as_ref() } {
            Some(handle) => question(handle.of()),
            None => {
                no_handle(H::NAME);
                otherwise
            }
        }
    })
}

#[cold]
fn no_handle(name: &str) {
    remember(&format!("{name} is NULL: the call goes on unprotected and is recorded nowhere"));
}
