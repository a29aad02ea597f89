//! The panic guard. A panic that leaves `extern "C"` would end the host process; here it becomes a status, or for
//! functions without one the answer under which calls go on.

use super::status::{HSCB_ERR_PANIC, hscb_status, remember, status_of};
use crate::error::Result;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a body; `otherwise` is the answer if it panics.
#[inline(always)]
pub(super) fn guard<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(answer) => answer,
        Err(panic) => {
            // Its destructor is somebody else's code, which may panic again.
            std::mem::forget(panic);
            let _ = catch_unwind(|| {
                remember("a panic was caught at the border of the library; please report it")
            });
            otherwise
        }
    }
}

/// An export that returns a status: its body may fail, and a panic is `HSCB_ERR_PANIC`.
pub(super) fn fallible(body: impl FnOnce() -> Result<hscb_status>) -> hscb_status {
    guard(HSCB_ERR_PANIC, || status_of(body()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::status::hscb_last_error;

    #[test]
    fn a_panic_is_a_status_and_a_message() {
        struct Nasty;
        impl Drop for Nasty {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        assert_eq!(fallible(|| std::panic::panic_any(Nasty)), HSCB_ERR_PANIC);
        // SAFETY: never NULL, and NUL-terminated.
        let message = unsafe { std::ffi::CStr::from_ptr(hscb_last_error()) };
        assert!(message.to_str().unwrap().contains("panic"));
        assert_eq!(guard(7, || -> i32 { panic!("planted") }), 7);
    }
}
