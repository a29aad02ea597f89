//! `hscb_segment`.

use super::guard::{fallible, guard};
pub use super::handle::hscb_segment;
use super::handle::{borrow, give, required, take, text, write_text};
use super::status::HSCB_OK;
use super::structs::{self, Sized32};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Kind;
use crate::segment::{Segment, SegmentOptions};
use std::ffi::c_char;

/// Refuse a segment that is not there instead of making it.
pub const HSCB_SEGMENT_EXISTING: u32 = 1;
/// Look only: map the file for reading; no breaker can be opened. Implies HSCB_SEGMENT_EXISTING.
pub const HSCB_SEGMENT_READ_ONLY: u32 = 2;

/// How a segment is opened; 0 stands for the default of each field.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct hscb_segment_options {
    /// sizeof(hscb_segment_options) of the caller; 0 = the first published layout.
    pub struct_size: u32,
    /// Room for so many breakers, for who makes the segment; 1 to 1048576. Default 1024.
    pub capacity: u32,
    /// Counters per breaker that CPUs are spread over, for who makes the segment; a power of two up to 64. Default: one
    /// for each CPU, at most 8.
    pub stripes: u32,
    /// Permissions of the file, for who makes the segment: 0600 (default) or 0660.
    pub file_mode: u32,
    /// HSCB_SEGMENT_EXISTING, HSCB_SEGMENT_READ_ONLY.
    pub flags: u32,
}

// SAFETY: repr(C), u32 only.
unsafe impl Sized32 for hscb_segment_options {
    const NAME: &'static str = "hscb_segment_options";
    const FIRST: usize = 20;
    fn is_cut(_size: usize) -> bool {
        false
    }
}

const _: () = assert!(size_of::<hscb_segment_options>() == hscb_segment_options::FIRST);

/// Opens a segment, and makes it if it is not there.
///
/// `name`: 1 to 64 of A-Z a-z 0-9 . _ - for one that all processes of the host share (a file in $HOLYSHEEP_CB_DIR or
/// /dev/shm/holysheep-cb-UID); NULL for a new one of this process alone. `options`: NULL for the defaults. `*out`: to be
/// closed with hscb_segment_close.
///
/// # Safety
/// `name` is NULL or NUL-terminated; `options` is NULL or points to as many bytes as its struct_size says; `out` is NULL
/// or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_segment_open(
    name: *const c_char,
    options: *const hscb_segment_options,
    out: *mut *mut hscb_segment,
) -> i32 {
    fallible(|| {
        required(out, "out")?;
        // SAFETY: by contract.
        let options = unsafe { read_options(options) }?;
        let segment = if name.is_null() {
            Segment::private()
        } else {
            // SAFETY: by contract.
            options.open(unsafe { text(name, "name") }?)?
        };
        // SAFETY: not NULL, by contract a pointer.
        unsafe { give(out, hscb_segment(segment)) };
        Ok(HSCB_OK)
    })
}

/// # Safety
/// `options` is NULL or points to as many bytes as its `struct_size` says.
unsafe fn read_options(options: *const hscb_segment_options) -> Result<SegmentOptions> {
    if options.is_null() {
        return Ok(SegmentOptions::new());
    }
    let defaults = hscb_segment_options { struct_size: 0, capacity: 0, stripes: 0, file_mode: 0, flags: 0 };
    // SAFETY: by contract.
    let given = unsafe { structs::read(options, defaults) }?;
    let known = HSCB_SEGMENT_EXISTING | HSCB_SEGMENT_READ_ONLY;
    if given.flags & !known != 0 {
        let message =
            format!("flags is {:#x}, but must be made of HSCB_SEGMENT_EXISTING and _READ_ONLY", given.flags);
        return Err(Error::new(ErrorKind::Argument, message));
    }
    Ok(SegmentOptions::new()
        .capacity(given.capacity)
        .stripes(given.stripes)
        .file_mode(given.file_mode)
        .existing(given.flags & HSCB_SEGMENT_EXISTING != 0)
        .read_only(given.flags & HSCB_SEGMENT_READ_ONLY != 0))
}

/// Where the segment's file lies, written to `buf` with its NUL; the length without, 0 for a private one. Too little room is
/// HSCB_ERR_ARGUMENT, and so is a path that is not UTF-8.
///
/// # Safety
/// `segment` is NULL or open; `buf` is NULL or points to `cap` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_segment_path(segment: *const hscb_segment, buf: *mut c_char, cap: u32) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let path = unsafe { borrow(segment, "segment") }?.0.path().unwrap_or_default();
        let path = path.to_str().ok_or_else(|| {
            Error::new(ErrorKind::Argument, format!("the path {} is not UTF-8", path.display()))
        })?;
        // SAFETY: by contract.
        unsafe { write_text(buf, cap, path) }
    })
}

/// The name of a breaker in the segment, written to `buf` with its NUL; the length without, 0 after the last one. `*cursor`
/// says which, begins with 0 and moves on. HSCB_NAME_BYTES are always room enough; too little is HSCB_ERR_ARGUMENT.
///
/// # Safety
/// `segment` is NULL or open; `cursor` is NULL or points to a number; `buf` is NULL or points to `cap` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_segment_next_name(
    segment: *const hscb_segment,
    cursor: *mut u32,
    buf: *mut c_char,
    cap: u32,
) -> i32 {
    // SAFETY: by contract.
    unsafe { next_name(segment, Kind::Breaker, cursor, buf, cap) }
}

/// As hscb_segment_next_name, of the limiters.
///
/// # Safety
/// As hscb_segment_next_name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_segment_next_limiter(
    segment: *const hscb_segment,
    cursor: *mut u32,
    buf: *mut c_char,
    cap: u32,
) -> i32 {
    // SAFETY: by contract.
    unsafe { next_name(segment, Kind::Limiter, cursor, buf, cap) }
}

/// As hscb_segment_next_name, of the bulkheads.
///
/// # Safety
/// As hscb_segment_next_name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_segment_next_bulkhead(
    segment: *const hscb_segment,
    cursor: *mut u32,
    buf: *mut c_char,
    cap: u32,
) -> i32 {
    // SAFETY: by contract.
    unsafe { next_name(segment, Kind::Bulkhead, cursor, buf, cap) }
}

/// # Safety
/// As hscb_segment_next_name.
unsafe fn next_name(
    segment: *const hscb_segment,
    kind: Kind,
    cursor: *mut u32,
    buf: *mut c_char,
    cap: u32,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let segment = unsafe { borrow(segment, "segment") }?;
        required(cursor, "cursor")?;
        // SAFETY: not NULL, by contract a number.
        let Some((name, next)) = segment.0.name_from(kind, unsafe { cursor.read() }) else {
            return Ok(0);
        };
        // SAFETY: by contract.
        let length = unsafe { write_text(buf, cap, &name) }?;
        // SAFETY: as above.
        unsafe { cursor.write(next) };
        Ok(length)
    })
}

/// How many processes have the segment open for use, this one included, and none that has ended, whatever its end. A
/// private one has 1. HSCB_ERR_UNSUPPORTED where the system does not say.
///
/// # Safety
/// `segment` is NULL or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_segment_processes(segment: *const hscb_segment) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let count = unsafe { borrow(segment, "segment") }?.0.processes();
        count.and_then(|count| i32::try_from(count).ok()).ok_or_else(|| {
            let message = "this system does not tell which processes have the segment open";
            Error::new(ErrorKind::Unsupported, message)
        })
    })
}

/// Closes a segment; NULL is none. Its breakers may stay open: the memory goes with the last handle.
///
/// # Safety
/// `segment` is NULL or came from hscb_segment_open, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_segment_close(segment: *mut hscb_segment) {
    // SAFETY: by contract.
    guard((), || unsafe { take(segment) });
}
