//! Two planted defects: a panic in an export that has a status, and one in a hot function. Only in a library that
//! `tests/c_consumers` builds for itself, to see from C what becomes of them.

use super::breaker::HSCB_PERMIT_PASS;
use super::guard::fallible;
use super::handle::{ask, hscb_breaker};

#[unsafe(no_mangle)]
extern "C" fn hscb_planted_panic() -> i32 {
    fallible(|| panic!("planted"))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn hscb_planted_panic_hot(breaker: *const hscb_breaker) -> u64 {
    // SAFETY: the caller gives an open breaker.
    unsafe { ask(breaker, HSCB_PERMIT_PASS, |_| panic!("planted")) }
}
