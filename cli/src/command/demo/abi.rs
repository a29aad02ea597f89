//! The library as the demo uses it: through the same C ABI as the worker in C.

use holysheep_cb::ffi;
use std::ffi::{CStr, CString};
use std::mem::{size_of, zeroed};
use std::ptr;

/// The modes that the demo meets.
pub(super) mod mode {
    /// `HSCB_CLOSED`.
    pub(in super::super) const CLOSED: u32 = 0;
    /// `HSCB_OPEN`.
    pub(in super::super) const OPEN: u32 = 1;
    /// `HSCB_HALF_OPEN`.
    pub(in super::super) const HALF_OPEN: u32 = 2;
}

/// `HSCB_REASON_LEASE`: a probe was lost, its lease ran out.
pub(super) const REASON_LEASE: u32 = 9;

/// The name of the breaker that all workers guard their calls with.
const BREAKER: &CStr = c"chat";

/// Now, in the time of all processes of this host.
pub(super) fn now_ns() -> u64 {
    ffi::hscb_now_ns()
}

/// A status as a result, with the library's own message.
fn check(status: i32, what: &str) -> Result<(), String> {
    if status >= 0 {
        return Ok(());
    }
    // SAFETY: never NULL, NUL-terminated, and this thread's until its next call into the library.
    let message = unsafe { CStr::from_ptr(ffi::hscb_last_error()) };
    Err(format!("{what}: {} (status {status})", message.to_string_lossy()))
}

/// `text` for C.
fn c_string(text: &str) -> Result<CString, String> {
    CString::new(text).map_err(|e| format!("{text:?}: {e}"))
}

/// A segment by name; its handle is closed when this is dropped.
#[derive(Debug)]
pub(super) struct Segment(*mut ffi::hscb_segment);

impl Segment {
    /// Gets or creates the segment of this name in `HOLYSHEEP_CB_DIR`.
    pub(super) fn open(name: &str) -> Result<Self, String> {
        let (name, mut segment) = (c_string(name)?, ptr::null_mut());
        // SAFETY: a NUL-terminated name, default options, and a place for the handle.
        check(unsafe { ffi::hscb_segment_open(name.as_ptr(), ptr::null(), &mut segment) }, "the segment")?;
        Ok(Self(segment))
    }

    /// The next event at `cursor`, which moves on.
    pub(super) fn next_event(&self, cursor: &mut u64) -> Result<Option<Event>, String> {
        // SAFETY: plain integers and bytes, for which zero is a value.
        let mut event: ffi::hscb_event = unsafe { zeroed() };
        event.struct_size = size_of::<ffi::hscb_event>() as u32;
        // SAFETY: an open segment, a cursor, and room for the one event asked for.
        let read = unsafe { ffi::hscb_events_read(self.0, cursor, &mut event, 1) };
        check(read, "the event ring")?;
        Ok((read > 0).then_some(Event {
            sequence: event.sequence,
            at: event.time_ns,
            to: event.to,
            reason: event.reason,
        }))
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // SAFETY: opened by `open`, closed once.
        unsafe { ffi::hscb_segment_close(self.0) }
    }
}

/// A change of mode that the segment's ring tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// Its number in the ring.
    pub(super) sequence: u64,
    /// When.
    pub(super) at: u64,
    /// The mode entered.
    pub(super) to: u32,
    /// An `HSCB_REASON_*`.
    pub(super) reason: u32,
}

/// The breaker `chat`; its handle is closed when this is dropped.
#[derive(Debug)]
pub(super) struct Breaker(*mut ffi::hscb_breaker);

/// The right to make one call.
#[derive(Debug)]
pub(super) struct Permit(u64);

impl Breaker {
    /// The breaker in this segment, or, without one, a breaker of this process alone.
    pub(super) fn open(segment: Option<&Segment>, config: &str) -> Result<Self, String> {
        let json = c_string(config)?;
        // SAFETY: plain integers and floats, for which zero is a value.
        let mut config: ffi::hscb_config = unsafe { zeroed() };
        config.struct_size = size_of::<ffi::hscb_config>() as u32;
        // SAFETY: a NUL-terminated text and a struct that says its size.
        check(unsafe { ffi::hscb_config_from_json(json.as_ptr(), &mut config) }, "the configuration")?;
        let (segment, mut breaker) = (segment.map_or(ptr::null_mut(), |s| s.0), ptr::null_mut());
        // SAFETY: an open segment or NULL, a name, a configuration, and a place for the handle.
        let status = unsafe { ffi::hscb_breaker_open(segment, BREAKER.as_ptr(), &config, &mut breaker) };
        check(status, "the breaker")?;
        Ok(Self(breaker))
    }

    /// Asks for one call; `None` is a rejection.
    pub(super) fn admit(&self) -> Option<Permit> {
        // SAFETY: an open breaker.
        let permit = unsafe { ffi::hscb_admit(self.0) };
        (permit != 0).then_some(Permit(permit))
    }

    /// Gives the permit back with how the call went.
    pub(super) fn record(&self, permit: Permit, ok: bool) {
        // SAFETY: an open breaker and a permit of its own; 0 is success, 1 failure.
        unsafe { ffi::hscb_record(self.0, permit.0, i32::from(!ok)) }
    }

    /// The mode that this process sees it in.
    pub(super) fn mode(&self) -> Result<u32, String> {
        // SAFETY: plain integers, for which zero is a value.
        let mut snapshot: ffi::hscb_snapshot = unsafe { zeroed() };
        snapshot.struct_size = size_of::<ffi::hscb_snapshot>() as u32;
        // SAFETY: an open breaker and a struct that says its size.
        check(unsafe { ffi::hscb_breaker_snapshot(self.0, &mut snapshot) }, "the snapshot")?;
        Ok(snapshot.mode)
    }
}

impl Drop for Breaker {
    fn drop(&mut self) {
        // SAFETY: opened by `open`, closed once.
        unsafe { ffi::hscb_breaker_close(self.0) }
    }
}
