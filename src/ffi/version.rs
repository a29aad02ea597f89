//! Which library this is.

use super::guard::guard;
use crate::clock::{Clock as _, SystemClock};
use std::ffi::c_char;

/// The ABI's major version: raised when a caller of an older header could break.
pub const HSCB_ABI_MAJOR: u32 = 0;
/// The ABI's minor version: raised when something was added.
pub const HSCB_ABI_MINOR: u32 = 4;
/// The ABI of this header, as hscb_abi_version gives that of the loaded library.
pub const HSCB_ABI_VERSION: u32 = HSCB_ABI_MAJOR << 16 | HSCB_ABI_MINOR;

/// The ABI that the loaded library has, to be compared with HSCB_ABI_VERSION: major << 16 | minor.
#[unsafe(no_mangle)]
pub extern "C" fn hscb_abi_version() -> u32 {
    HSCB_ABI_VERSION
}

/// The version of the loaded library, such as "0.1.0".
#[unsafe(no_mangle)]
pub extern "C" fn hscb_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The time in ns on the clock that all functions use: monotonic, coarse (1 to 4 ms), the same for all processes of the
/// host.
#[unsafe(no_mangle)]
pub extern "C" fn hscb_now_ns() -> u64 {
    guard(0, || SystemClock::new().now_ns())
}
