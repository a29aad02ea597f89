//! `hscb_client`: requests in JSON, answers as they came, with a JSON object of what became of the call.

use super::guard::{fallible, guard};
use super::handle::{Outcome, borrow, give, hscb_segment, required, take, text};
pub use super::handle::{hscb_cancel, hscb_client, hscb_result};
use super::status::{HSCB_CALL_FAILED, HSCB_OK};
use crate::client::{Answer, Cancel, Client, Failure, Request};
use crate::error::Result;
use crate::segment::Segment;
use std::ffi::{c_char, c_void};

/// Hears of a piece of a stream: `data` of `len` bytes, which are valid during the call, and a NUL behind them. False breaks
/// the call off.
pub type hscb_on_piece =
    Option<unsafe extern "C" fn(user: *mut c_void, data: *const c_char, len: usize) -> bool>;

/// Opens a client with a table of routes (JSON, docs/CLIENT.md), whose breakers, limiters and bulkheads are in `segment`;
/// NULL for a private one that all of this process shares. `*out`: to be closed with hscb_client_close.
///
/// # Safety
/// `segment` is NULL or open; `table` is NULL or NUL-terminated; `out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_client_open(
    segment: *mut hscb_segment,
    table: *const c_char,
    out: *mut *mut hscb_client,
) -> i32 {
    fallible(|| {
        required(out, "out")?;
        // SAFETY: by contract.
        let (segment, table) = unsafe { (segment.as_ref(), text(table, "table")?) };
        let segment = segment.map_or_else(Segment::of_process, |segment| segment.0.clone());
        let client = Client::open(table, &segment)?;
        // SAFETY: not NULL, by contract a pointer.
        unsafe { give(out, hscb_client(client)) };
        Ok(HSCB_OK)
    })
}

/// Replaces the table, also while calls are out: those go on with the old one.
///
/// # Safety
/// `client` is NULL or open; `table` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_client_replace_table(client: *const hscb_client, table: *const c_char) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let (client, table) = unsafe { (borrow(client, "client")?, text(table, "table")?) };
        client.0.replace_table(table)?;
        Ok(HSCB_OK)
    })
}

/// Closes a client; NULL is none. Calls of other threads must have ended.
///
/// # Safety
/// `client` is NULL or came from hscb_client_open, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_client_close(client: *mut hscb_client) {
    // SAFETY: by contract.
    guard((), || unsafe { take(client) });
}

/// Makes a call, and waits for its end: {"path": "/chat/completions", "body": {...}}, and besides, if they are there,
/// "timeout_ms", "cache", "or_stale", "or". HSCB_OK: `*out` is the answer. HSCB_CALL_FAILED: `*out` says why there is none. A
/// negative status: the request was none, and `*out` is not written. `cancel`: NULL, or what another thread may break the
/// call off by. `*out`: to be given back with hscb_result_free.
///
/// # Safety
/// `client` is NULL or open; `request` is NULL or NUL-terminated; `cancel` is NULL or a cancel; `out` is NULL or points to a
/// pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_client_send(
    client: *const hscb_client,
    request: *const c_char,
    cancel: *const hscb_cancel,
    out: *mut *mut hscb_result,
) -> i32 {
    fallible(|| {
        required(out, "out")?;
        // SAFETY: by contract.
        let client = unsafe { borrow(client, "client") }?;
        // SAFETY: by contract.
        let request = unsafe { read(request, cancel) }?;
        let (status, outcome) = match client.0.send(&request) {
            Ok(answer) => (HSCB_OK, Outcome::of_answer(answer)),
            Err(failure) => (HSCB_CALL_FAILED, Outcome::of_failure(&failure)),
        };
        // SAFETY: not NULL, by contract a pointer.
        unsafe { give(out, hscb_result(outcome)) };
        Ok(status)
    })
}

/// As hscb_client_send, for an answer that comes in pieces: `on_piece` hears of each, on this thread, before this returns.
/// The body of `*out` is empty. A call is tried again, or elsewhere, until its first piece is there.
///
/// # Safety
/// As hscb_client_send; `on_piece` is NULL or may be called with `user`, and lets no exception out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_client_stream(
    client: *const hscb_client,
    request: *const c_char,
    cancel: *const hscb_cancel,
    on_piece: hscb_on_piece,
    user: *mut c_void,
    out: *mut *mut hscb_result,
) -> i32 {
    fallible(|| {
        required(out, "out")?;
        // SAFETY: by contract.
        let client = unsafe { borrow(client, "client") }?;
        // SAFETY: by contract.
        let request = unsafe { read(request, cancel) }?;
        let tell = |data: &str| {
            let bytes = [data.as_bytes(), &[0]].concat();
            // SAFETY: by contract; the bytes live during the call.
            on_piece.is_none_or(|tell| unsafe { tell(user, bytes.as_ptr().cast(), data.len()) })
        };
        let (status, outcome) = match stream(&client.0, &request, tell) {
            Ok(outcome) => (HSCB_OK, outcome),
            Err(failure) => (HSCB_CALL_FAILED, Outcome::of_failure(&failure)),
        };
        // SAFETY: not NULL, by contract a pointer.
        unsafe { give(out, hscb_result(outcome)) };
        Ok(status)
    })
}

fn stream(
    client: &Client,
    request: &Request,
    tell: impl Fn(&str) -> bool,
) -> std::result::Result<Outcome, Failure> {
    let mut stream = client.stream(request)?;
    while let Some(piece) = stream.next() {
        if !tell(piece?.data()) {
            return Err(stream.break_off());
        }
    }
    Ok(Outcome::of_json(&stream.meta().to_json()))
}

/// How the routes are and what the calls came to, as hscb_result_json of `*out`.
///
/// # Safety
/// `client` is NULL or open; `out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_client_status(client: *const hscb_client, out: *mut *mut hscb_result) -> i32 {
    fallible(|| {
        required(out, "out")?;
        // SAFETY: by contract.
        let status = unsafe { borrow(client, "client") }?.0.status_json();
        // SAFETY: not NULL, by contract a pointer.
        unsafe { give(out, hscb_result(Outcome::of_json(&status))) };
        Ok(HSCB_OK)
    })
}

/// What became of the call, or why it failed, as a JSON object; valid until hscb_result_free. Never NULL, but with NULL.
///
/// # Safety
/// `result` is NULL or was not given back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_result_json(result: *const hscb_result) -> *const c_char {
    // SAFETY: by contract.
    guard(std::ptr::null(), || match unsafe { result.as_ref() } {
        Some(result) => result.0.json.as_ptr(),
        None => std::ptr::null(),
    })
}

/// The body of the answer as it came, `*len` bytes; valid until hscb_result_free. NULL, and 0 bytes, if there is none.
///
/// # Safety
/// `result` is NULL or was not given back; `len` is NULL or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_result_body(result: *const hscb_result, len: *mut usize) -> *const u8 {
    guard(std::ptr::null(), || {
        // SAFETY: by contract.
        let body = unsafe { result.as_ref() }.map_or(&[][..], |result| &result.0.body);
        // SAFETY: by contract.
        if let Some(len) = unsafe { len.as_mut() } {
            *len = body.len();
        }
        if body.is_empty() { std::ptr::null() } else { body.as_ptr() }
    })
}

/// The text that the model has written, whatever the provider's format; valid until hscb_result_free. NULL if there is none.
///
/// # Safety
/// `result` is NULL or was not given back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_result_text(result: *const hscb_result) -> *const c_char {
    // SAFETY: by contract.
    guard(std::ptr::null(), || match unsafe { result.as_ref() } {
        Some(result) => result.0.text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr()),
        None => std::ptr::null(),
    })
}

/// Gives a result back; NULL is none.
///
/// # Safety
/// `result` is NULL or came from this library, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_result_free(result: *mut hscb_result) {
    // SAFETY: by contract.
    guard((), || unsafe { take(result) });
}

/// What a call can be broken off by. `*out`: to be given back with hscb_cancel_free.
///
/// # Safety
/// `out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_cancel_new(out: *mut *mut hscb_cancel) -> i32 {
    fallible(|| {
        required(out, "out")?;
        // SAFETY: not NULL, by contract a pointer.
        unsafe { give(out, hscb_cancel(Cancel::new())) };
        Ok(HSCB_OK)
    })
}

/// Breaks off the calls that were made with it, from any thread; those to come, too.
///
/// # Safety
/// `cancel` is NULL (nothing happens) or was not given back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_cancel_now(cancel: *const hscb_cancel) {
    guard((), || {
        // SAFETY: by contract.
        if let Some(cancel) = unsafe { cancel.as_ref() } {
            cancel.0.cancel();
        }
    });
}

/// Gives a cancel back; NULL is none. A call that was made with it goes on.
///
/// # Safety
/// `cancel` is NULL or came from hscb_cancel_new, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_cancel_free(cancel: *mut hscb_cancel) {
    // SAFETY: by contract.
    guard((), || unsafe { take(cancel) });
}

/// # Safety
/// `request` is NULL or NUL-terminated; `cancel` is NULL or was not given back.
unsafe fn read(request: *const c_char, cancel: *const hscb_cancel) -> Result<Request> {
    // SAFETY: by contract.
    let request = Request::from_json(unsafe { text(request, "request") }?)?;
    // SAFETY: by contract.
    Ok(match unsafe { cancel.as_ref() } {
        Some(cancel) => request.cancel(&cancel.0),
        None => request,
    })
}

impl Outcome {
    fn of_answer(answer: Answer) -> Self {
        let text = answer.text().and_then(|text| std::ffi::CString::new(text.replace('\0', " ")).ok());
        let meta = Self::of_json(&answer.meta.to_json());
        Self { body: answer.into_bytes(), text, ..meta }
    }

    fn of_failure(failure: &Failure) -> Self {
        Self::of_json(&failure.to_json())
    }

    /// JSON has no NUL in it but escaped.
    fn of_json(json: &serde_json::Value) -> Self {
        let json = std::ffi::CString::new(json.to_string()).unwrap_or_default();
        Self { json, body: Vec::new(), text: None }
    }
}
