//! `hscb_breaker`: what an operator does with it.

use super::guard::fallible;
use super::handle::{borrow, hscb_breaker, text};
use super::status::HSCB_OK;
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Mode;
use std::ffi::c_char;

/// An operator's command: HSCB_CLOSED resets, HSCB_OPEN trips, HSCB_HALF_OPEN lets an open breaker probe (from other
/// modes HSCB_ERR_MODE), HSCB_FORCED_OPEN, HSCB_DISABLED and HSCB_OBSERVING hold until told otherwise.
///
/// # Safety
/// `breaker` is NULL or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_set_mode(breaker: *const hscb_breaker, mode: i32) -> i32 {
    // SAFETY: by contract.
    unsafe { hscb_set_mode_at(breaker, mode, super::version::hscb_now_ns()) }
}

/// hscb_set_mode at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_set_mode.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_set_mode_at(breaker: *const hscb_breaker, mode: i32, now_ns: u64) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        unsafe { borrow(breaker, "breaker") }?.0.set_mode_at(mode_of(mode)?, now_ns)?;
        Ok(HSCB_OK)
    })
}

/// hscb_set_mode whose event says who gave the command and why: up to 127 bytes of UTF-8, of which control characters
/// become spaces; what is longer is cut. NULL is no note. A command that changes nothing makes no event.
///
/// # Safety
/// `breaker` is NULL or open; `note` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_set_mode_noted(
    breaker: *const hscb_breaker,
    mode: i32,
    note: *const c_char,
) -> i32 {
    // SAFETY: by contract.
    unsafe { hscb_set_mode_noted_at(breaker, mode, note, super::version::hscb_now_ns()) }
}

/// hscb_set_mode_noted at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_set_mode_noted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_set_mode_noted_at(
    breaker: *const hscb_breaker,
    mode: i32,
    note: *const c_char,
    now_ns: u64,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let (breaker, note) = unsafe { (borrow(breaker, "breaker")?, note_of(note)?) };
        breaker.0.noting(note).set_mode_at(mode_of(mode)?, now_ns)?;
        Ok(HSCB_OK)
    })
}

/// Opens the breaker for a stated time; if it is open, replaces what is left of the opening. No step of the backoff.
///
/// # Safety
/// `breaker` is NULL or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_trip_for(breaker: *const hscb_breaker, duration_ms: u64) -> i32 {
    // SAFETY: by contract.
    unsafe { hscb_trip_for_at(breaker, duration_ms, super::version::hscb_now_ns()) }
}

/// hscb_trip_for at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_trip_for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_trip_for_at(
    breaker: *const hscb_breaker,
    duration_ms: u64,
    now_ns: u64,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let breaker = unsafe { borrow(breaker, "breaker") }?;
        breaker.0.trip_for_at(duration_ms, now_ns);
        Ok(HSCB_OK)
    })
}

/// hscb_trip_for whose event says who gave the command and why, as that of hscb_set_mode_noted. Where the breaker is open
/// already, there is no event.
///
/// # Safety
/// As hscb_set_mode_noted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_trip_for_noted(
    breaker: *const hscb_breaker,
    duration_ms: u64,
    note: *const c_char,
) -> i32 {
    // SAFETY: by contract.
    unsafe { hscb_trip_for_noted_at(breaker, duration_ms, note, super::version::hscb_now_ns()) }
}

/// hscb_trip_for_noted at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_set_mode_noted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_trip_for_noted_at(
    breaker: *const hscb_breaker,
    duration_ms: u64,
    note: *const c_char,
    now_ns: u64,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let (breaker, note) = unsafe { (borrow(breaker, "breaker")?, note_of(note)?) };
        breaker.0.noting(note).trip_for_at(duration_ms, now_ns);
        Ok(HSCB_OK)
    })
}

/// # Safety
/// `note` is NULL, which is none, or NUL-terminated.
unsafe fn note_of<'a>(note: *const c_char) -> Result<&'a str> {
    // SAFETY: by contract.
    if note.is_null() { Ok("") } else { unsafe { text(note, "note") } }
}

fn mode_of(mode: i32) -> Result<Mode> {
    u32::try_from(mode).ok().and_then(Mode::from_number).ok_or_else(|| {
        let message = format!("mode is {mode}, but must be within 0..=5 (HSCB_CLOSED, ...)");
        Error::new(ErrorKind::Argument, message)
    })
}
