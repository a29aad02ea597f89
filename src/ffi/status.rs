//! Status codes, and the message for people that goes with the last failure of a thread.

use crate::error::{Error, Result};
use std::cell::RefCell;
use std::ffi::c_char;

/// 0 or a positive note on success, negative on failure. Numbers are never reused.
pub type hscb_status = i32;

/// Done.
pub const HSCB_OK: hscb_status = 0;
/// Done; the breaker existed already with another configuration, which it keeps.
pub const HSCB_EXISTING: hscb_status = 1;
/// Done; the call was made, or was to be, and failed: its result says why.
pub const HSCB_CALL_FAILED: hscb_status = 2;
/// A required pointer is NULL.
pub const HSCB_ERR_NULL: hscb_status = -1;
/// A struct_size that no version of this ABI has, or a longer struct with something in its unknown tail.
pub const HSCB_ERR_STRUCT_SIZE: hscb_status = -2;
/// A string is not UTF-8.
pub const HSCB_ERR_UTF8: hscb_status = -3;
/// A segment's or breaker's name is not allowed.
pub const HSCB_ERR_NAME: hscb_status = -4;
/// A configuration value is out of range, unknown, or contradicts another.
pub const HSCB_ERR_CONFIG: hscb_status = -5;
/// A configuration text is no JSON object.
pub const HSCB_ERR_JSON: hscb_status = -6;
/// An argument is out of its range.
pub const HSCB_ERR_ARGUMENT: hscb_status = -7;
/// The breaker cannot go there from its present mode.
pub const HSCB_ERR_MODE: hscb_status = -8;
/// There is no such segment, and it may not be made.
pub const HSCB_ERR_NOT_FOUND: hscb_status = -9;
/// The segment was not ready within a second.
pub const HSCB_ERR_NOT_READY: hscb_status = -10;
/// The file is of another layout, or no segment.
pub const HSCB_ERR_LAYOUT: hscb_status = -11;
/// The file is shorter than its header says.
pub const HSCB_ERR_TRUNCATED: hscb_status = -12;
/// The file or directory is not ours, is writable by everyone, or may not be opened.
pub const HSCB_ERR_PERMISSION: hscb_status = -13;
/// The file system is full.
pub const HSCB_ERR_NO_SPACE: hscb_status = -14;
/// Every slot of the segment is taken.
pub const HSCB_ERR_FULL: hscb_status = -15;
/// The operating system refused for another reason.
pub const HSCB_ERR_IO: hscb_status = -16;
/// This platform lacks what is needed.
pub const HSCB_ERR_UNSUPPORTED: hscb_status = -17;
/// The segment was opened for reading only.
pub const HSCB_ERR_READ_ONLY: hscb_status = -18;
/// A panic was caught at the border: a defect of this library.
pub const HSCB_ERR_PANIC: hscb_status = -19;

/// Room for a message with its NUL; what is longer is cut.
const MESSAGE_BYTES: usize = 1024;

thread_local! {
    // A plain array: a thread-local with a destructor would be called after the library is unloaded.
    static MESSAGE: RefCell<[u8; MESSAGE_BYTES]> = const { RefCell::new([0; MESSAGE_BYTES]) };
}

/// Keeps a message for [`hscb_last_error`].
pub(super) fn remember(message: &str) {
    let mut end = message.len().min(MESSAGE_BYTES - 1);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    MESSAGE.with_borrow_mut(|buffer| {
        for (to, &from) in buffer.iter_mut().zip(&message.as_bytes()[..end]) {
            *to = if from == 0 { b' ' } else { from };
        }
        buffer[end] = 0;
    });
}

/// The status of a result; a failure leaves its message.
pub(super) fn status_of(result: Result<hscb_status>) -> hscb_status {
    result.unwrap_or_else(|error: Error| {
        remember(&error.to_string());
        error.kind() as hscb_status
    })
}

/// The message of this thread's last failure, for people: what was wrong, where, and what would be right. Never NULL;
/// empty before the first failure; valid until this thread's next failure.
#[unsafe(no_mangle)]
pub extern "C" fn hscb_last_error() -> *const c_char {
    MESSAGE.with(|buffer| buffer.as_ptr().cast_const().cast())
}
