//! `hscb_response` and `hscb_verdict`.

use super::breaker::{HSCB_FAILURE, HSCB_IGNORED, HSCB_SUCCESS};
use super::guard::{fallible, guard};
pub use super::handle::hscb_response;
use super::handle::{borrow, borrow_mut, bytes, give, hscb_breaker, required, take, text, write_text};
use super::status::HSCB_OK;
use super::structs::{self, Sized32};
use super::version::hscb_now_ns;
use crate::error::{Error, ErrorKind};
use crate::outcome::Classification;
use crate::response::{End, Response, Verdict, breaker_name};
use std::ffi::c_char;
use std::time::Duration;

/// The body ended as HTTP says it should.
pub const HSCB_END_COMPLETE: i32 = 0;
/// The connection broke, or the body was shorter than announced.
pub const HSCB_END_CUT: i32 = 1;
/// A read timed out.
pub const HSCB_END_STALLED: i32 = 2;
/// The user broke off.
pub const HSCB_END_ABANDONED: i32 = 3;

/// The service did what it should.
pub const HSCB_CAUSE_OK: u32 = 0;
/// The request was wrong: the caller's own fault.
pub const HSCB_CAUSE_CLIENT_ERROR: u32 = 1;
/// 401: the key is missing or wrong.
pub const HSCB_CAUSE_AUTH: u32 = 2;
/// 403: the key may not do this.
pub const HSCB_CAUSE_PERMISSION: u32 = 3;
/// The quota is used up or the account is out of money: waiting does not mend it.
pub const HSCB_CAUSE_QUOTA: u32 = 4;
/// 429: too many requests for now.
pub const HSCB_CAUSE_RATE_LIMITED: u32 = 5;
/// 503, 529: the service has too much to do.
pub const HSCB_CAUSE_OVERLOADED: u32 = 6;
/// Another 5xx.
pub const HSCB_CAUSE_SERVER_ERROR: u32 = 7;
/// 408, 504, or a stream that stood still.
pub const HSCB_CAUSE_TIMEOUT: u32 = 8;
/// An error inside the body of a 2xx.
pub const HSCB_CAUSE_STREAM_ERROR: u32 = 9;
/// The connection broke before the end of the body.
pub const HSCB_CAUSE_CUT: u32 = 10;
/// The stream of a 2xx that ended without any data.
pub const HSCB_CAUSE_EMPTY: u32 = 11;
/// The user broke off before the verdict was final.
pub const HSCB_CAUSE_ABANDONED: u32 = 12;

/// What a response says of the service.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct hscb_verdict {
    /// sizeof(hscb_verdict) of the caller; 0 = the first published layout.
    pub struct_size: u32,
    /// HSCB_SUCCESS, HSCB_FAILURE or HSCB_IGNORED.
    pub outcome: i32,
    /// HSCB_CAUSE_..., why. Later versions may add some.
    pub cause: u32,
    /// 0.
    pub reserved: u32,
    /// How long the service asks to wait, ms; 0 = it does not. With HSCB_FAILURE it opens the breaker at once (S9).
    pub retry_after_ms: u64,
}

// SAFETY: repr(C), integers only, and no padding: the sum of its fields is its size (asserted below).
unsafe impl Sized32 for hscb_verdict {
    const NAME: &'static str = "hscb_verdict";
    const FIRST: usize = 24;
    fn is_cut(size: usize) -> bool {
        size == 20
    }
}

const _: () =
    assert!(size_of::<hscb_verdict>() == 4 * 4 + 8 && size_of::<hscb_verdict>() == hscb_verdict::FIRST);

impl From<Verdict> for hscb_verdict {
    fn from(verdict: Verdict) -> Self {
        let wait = verdict.retry_after().unwrap_or_default();
        Self {
            struct_size: size_of::<Self>() as u32,
            outcome: verdict.cause.outcome() as i32,
            cause: verdict.cause as u32,
            reserved: 0,
            retry_after_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl hscb_verdict {
    /// What a permit is given back with.
    fn classification(&self) -> Classification {
        match (self.outcome, self.retry_after_ms) {
            (HSCB_SUCCESS, _) => Classification::Success,
            (HSCB_FAILURE, 0) => Classification::Failure,
            (HSCB_FAILURE, ms) => Classification::Throttled(Duration::from_millis(ms)),
            _ => Classification::Ignored,
        }
    }
}

/// Begins to judge a response by its status, 100 to 999. `unix_ms`: the wall clock in ms, for waiting times that are
/// dates; 0 = read it. `*out`: to be closed with hscb_response_close.
///
/// # Safety
/// `out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_response_begin(status: u32, unix_ms: u64, out: *mut *mut hscb_response) -> i32 {
    fallible(|| {
        required(out, "out")?;
        let known = u16::try_from(status).ok().filter(|status| (100..=999).contains(status));
        let status = known.ok_or_else(|| {
            Error::new(ErrorKind::Argument, format!("status is {status}, but must be within 100..=999"))
        })?;
        let response = Response::new(status, Some(unix_ms).filter(|ms| *ms > 0));
        // SAFETY: not NULL, by contract a pointer.
        unsafe { give(out, hscb_response(response)) };
        Ok(HSCB_OK)
    })
}

/// A header, in any case; those that say nothing here are ignored. Before the body.
///
/// # Safety
/// `response` is NULL or from hscb_response_begin; `name` and `value` are NULL or point to so many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_response_header(
    response: *mut hscb_response,
    name: *const u8,
    name_len: usize,
    value: *const u8,
    value_len: usize,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let response = unsafe { borrow_mut(response, "response") }?;
        // SAFETY: by contract.
        let (name, value) = unsafe { (bytes(name, name_len, "name")?, bytes(value, value_len, "value")?) };
        response.0.header(name, value);
        Ok(HSCB_OK)
    })
}

/// The next bytes of the body, decoded (not compressed), cut anywhere. 1 once the verdict is final, whatever follows: the
/// end of a stream was announced, an error was seen, or nothing in the body matters; else 0.
///
/// # Safety
/// `response` is NULL or from hscb_response_begin; `bytes` is NULL or points to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_response_body(
    response: *mut hscb_response,
    bytes: *const u8,
    len: usize,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let response = unsafe { borrow_mut(response, "response") }?;
        // SAFETY: by contract.
        let is_final = response.0.body(unsafe { super::handle::bytes(bytes, len, "bytes") }?);
        Ok(i32::from(is_final))
    })
}

/// Bytes of the body came that cannot be shown to hscb_response_body, such as compressed ones: they count as data, and are
/// not read. 1 once the verdict is final, whatever follows, else 0.
///
/// # Safety
/// `response` is NULL or from hscb_response_begin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_response_skip(response: *mut hscb_response) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let response = unsafe { borrow_mut(response, "response") }?;
        Ok(i32::from(response.0.skip()))
    })
}

/// The verdict, if the response ends here and like this: HSCB_END_... Set `out->struct_size` before.
///
/// # Safety
/// `response` is NULL or from hscb_response_begin; `out` is NULL or points to as many writable bytes as its struct_size
/// says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_response_end(
    response: *const hscb_response,
    end: i32,
    out: *mut hscb_verdict,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let response = unsafe { borrow(response, "response") }?;
        required(out, "out")?;
        let known = u32::try_from(end).ok().and_then(End::from_number);
        let end = known.ok_or_else(|| {
            let message = format!("end is {end}, but must be within 0..=3 (HSCB_END_COMPLETE, ...)");
            Error::new(ErrorKind::Argument, message)
        })?;
        // SAFETY: by contract.
        unsafe { structs::write(out, &response.0.end(end).into()) }?;
        Ok(HSCB_OK)
    })
}

/// Closes a response; NULL is none.
///
/// # Safety
/// `response` is NULL or came from hscb_response_begin, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_response_close(response: *mut hscb_response) {
    // SAFETY: by contract.
    guard((), || unsafe { take(response) });
}

/// Gives a permit back with a verdict. `duration_ns`: the call's duration, such as the time to the first byte;
/// UINT64_MAX = the time since admission. An unknown outcome is ignored.
///
/// # Safety
/// `breaker` is NULL or open; `verdict` is NULL or points to as many bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_record_verdict(
    breaker: *const hscb_breaker,
    permit: u64,
    verdict: *const hscb_verdict,
    duration_ns: u64,
) -> i32 {
    // SAFETY: by contract.
    unsafe { hscb_record_verdict_at(breaker, permit, verdict, duration_ns, hscb_now_ns()) }
}

/// hscb_record_verdict at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_record_verdict.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_record_verdict_at(
    breaker: *const hscb_breaker,
    permit: u64,
    verdict: *const hscb_verdict,
    duration_ns: u64,
    now_ns: u64,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let breaker = unsafe { borrow(breaker, "breaker") }?;
        required(verdict, "verdict")?;
        let unsaid =
            hscb_verdict { struct_size: 0, outcome: HSCB_IGNORED, cause: 0, reserved: 0, retry_after_ms: 0 };
        // SAFETY: by contract.
        let verdict = unsafe { structs::read(verdict, unsaid) }?;
        let duration = Some(duration_ns).filter(|ns| *ns != u64::MAX);
        breaker.0.give_back_at(permit, verdict.classification(), duration, now_ns);
        Ok(HSCB_OK)
    })
}

/// The name of the breaker that a request belongs to: "host|model" where its body is a JSON object with a string "model",
/// else "host"; control characters become "_", the end is cut off, and an empty host is "-", so that hscb_breaker_open
/// takes it. Written to `buf` with its NUL; the length without. HSCB_NAME_BYTES are always room enough; too little is
/// HSCB_ERR_ARGUMENT.
///
/// # Safety
/// `host` is NULL or NUL-terminated; `body` is NULL or points to `len` bytes; `buf` is NULL or points to `cap` writable
/// bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_request_name(
    host: *const c_char,
    body: *const u8,
    len: usize,
    buf: *mut c_char,
    cap: u32,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let (host, body) = unsafe { (text(host, "host")?, bytes(body, len, "body")?) };
        // SAFETY: by contract.
        unsafe { write_text(buf, cap, &breaker_name(host, body)) }
    })
}
