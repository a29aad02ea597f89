//! `hscb_bulkhead`. With a NULL handle, or after a panic, every call goes.

use super::breaker::HSCB_PERMIT_PASS;
use super::guard::{fallible, guard};
pub use super::handle::hscb_bulkhead;
use super::handle::{ask, borrow, give, hscb_segment, required, take, text};
use super::snapshot::HSCB_SNAPSHOT_PRIVATE;
use super::status::{HSCB_EXISTING, HSCB_OK};
use super::structs::{self, Sized32};
use crate::bulkhead::{Bulkhead, BulkheadPermit, BulkheadSnapshot};
use crate::config::BulkheadConfig;
use crate::error::Result;
use std::ffi::c_char;
use std::time::Duration;

/// The configuration of a bulkhead. Set struct_size, call hscb_bulkhead_config_init, then change what you like.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct hscb_bulkhead_config {
    /// sizeof(hscb_bulkhead_config) of the caller; 0 = the first published layout.
    pub struct_size: u32,
    /// Calls that may be in flight; 1 to 512. Default 20.
    pub limit: u32,
    /// Calls that may wait for one to end; 0 to 128. Default 128.
    pub max_waiting: u32,
}

// SAFETY: repr(C), u32 only.
unsafe impl Sized32 for hscb_bulkhead_config {
    const NAME: &'static str = "hscb_bulkhead_config";
    const FIRST: usize = 12;
    fn is_cut(_size: usize) -> bool {
        false
    }
}

/// A bulkhead at one moment. Totals only ever grow.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct hscb_bulkhead_snapshot {
    /// sizeof(hscb_bulkhead_snapshot) of the caller; 0 = the first published layout.
    pub struct_size: u32,
    /// Calls that may be in flight.
    pub limit: u32,
    /// Calls that may wait.
    pub max_waiting: u32,
    /// Calls in flight. More than `limit` where that was lowered meanwhile.
    pub active: u32,
    /// How many more would be let in at once.
    pub available: u32,
    /// Calls that wait.
    pub waiting: u32,
    /// Calls that were let in.
    pub entered_total: u64,
    /// Calls that were not.
    pub refused_total: u64,
    /// Seats of processes that were gone, taken back.
    pub reclaimed_total: u64,
    /// HSCB_SNAPSHOT_PRIVATE.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: repr(C), integers only, and no padding: the sum of its fields is its size (asserted below).
unsafe impl Sized32 for hscb_bulkhead_snapshot {
    const NAME: &'static str = "hscb_bulkhead_snapshot";
    const FIRST: usize = 56;
    fn is_cut(size: usize) -> bool {
        (24..48).contains(&size) && size % 8 == 4
    }
}

const _: () = assert!(size_of::<hscb_bulkhead_config>() == hscb_bulkhead_config::FIRST);
const _: () = assert!(
    size_of::<hscb_bulkhead_snapshot>() == 8 * 4 + 3 * 8
        && size_of::<hscb_bulkhead_snapshot>() == hscb_bulkhead_snapshot::FIRST
);

impl From<BulkheadConfig> for hscb_bulkhead_config {
    fn from(config: BulkheadConfig) -> Self {
        let [limit, max_waiting] = config.values;
        Self { struct_size: size_of::<Self>() as u32, limit, max_waiting }
    }
}

impl From<BulkheadSnapshot> for hscb_bulkhead_snapshot {
    fn from(s: BulkheadSnapshot) -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            limit: s.limit,
            max_waiting: s.max_waiting,
            active: s.active,
            available: s.available,
            waiting: s.waiting,
            entered_total: s.entered,
            refused_total: s.refused,
            reclaimed_total: s.reclaimed,
            flags: if s.private { HSCB_SNAPSHOT_PRIVATE } else { 0 },
            reserved: 0,
        }
    }
}

/// Fills a bulkhead's configuration with the defaults. Set `c->struct_size` before.
///
/// # Safety
/// `c` is NULL or points to as many writable bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_config_init(c: *mut hscb_bulkhead_config) -> i32 {
    fallible(|| {
        required(c, "config")?;
        // SAFETY: by contract.
        unsafe { structs::write(c, &BulkheadConfig::default().into()) }?;
        Ok(HSCB_OK)
    })
}

/// Reads a JSON object with the field names of hscb_bulkhead_config; fields that it does not name have their defaults.
/// Set `out->struct_size` before.
///
/// # Safety
/// `json` is NULL or NUL-terminated; `out` is NULL or points to as many writable bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_config_from_json(
    json: *const c_char,
    out: *mut hscb_bulkhead_config,
) -> i32 {
    fallible(|| {
        required(out, "out")?;
        // SAFETY: by contract.
        let config = BulkheadConfig::from_json(unsafe { text(json, "json") }?)?;
        // SAFETY: by contract.
        unsafe { structs::write(out, &config.into()) }?;
        Ok(HSCB_OK)
    })
}

/// Gets the bulkhead of this name, or creates it.
///
/// `segment`: NULL for a private one that all of this process shares. `name`: 1 to 127 bytes of UTF-8 without control
/// characters; names of breakers are not in its way. `config`: NULL for the defaults, or the existing bulkhead's own. An
/// existing bulkhead keeps its configuration: HSCB_EXISTING (1) if that differs from `config`. `*out`: to be closed with
/// hscb_bulkhead_close.
///
/// # Safety
/// `segment` is NULL or open; `name` is NULL or NUL-terminated; `config` is NULL or points to as many bytes as its
/// struct_size says; `out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_open(
    segment: *mut hscb_segment,
    name: *const c_char,
    config: *const hscb_bulkhead_config,
    out: *mut *mut hscb_bulkhead,
) -> i32 {
    fallible(|| {
        required(out, "out")?;
        // SAFETY: by contract.
        let (segment, name) = unsafe { (segment.as_ref(), text(name, "name")?) };
        // SAFETY: by contract.
        let config = if config.is_null() { None } else { Some(unsafe { read(config) }?) };
        let mut builder = Bulkhead::builder();
        if let Some(segment) = segment {
            builder = builder.segment(&segment.0);
        }
        if let Some(config) = config {
            builder = builder.config(config);
        }
        let bulkhead = builder.open(name)?;
        let differs = config.is_some_and(|config| config != bulkhead.config());
        // SAFETY: not NULL, by contract a pointer.
        unsafe { give(out, hscb_bulkhead(bulkhead)) };
        Ok(if differs { HSCB_EXISTING } else { HSCB_OK })
    })
}

/// Replaces the configuration, for every process that shares the bulkhead. Where more calls are in flight than a lowered
/// limit allows, they end undisturbed, and none is let in meanwhile.
///
/// # Safety
/// `bulkhead` is NULL or open; `config` is NULL or points to as many bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_configure(
    bulkhead: *const hscb_bulkhead,
    config: *const hscb_bulkhead_config,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let bulkhead = unsafe { borrow(bulkhead, "bulkhead") }?;
        required(config, "config")?;
        // SAFETY: by contract.
        bulkhead.0.configure(unsafe { read(config) }?)?;
        Ok(HSCB_OK)
    })
}

/// Closes a bulkhead; NULL is none. In a shared segment the bulkhead itself stays, and so do seats that were not left.
///
/// # Safety
/// `bulkhead` is NULL or came from hscb_bulkhead_open, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_close(bulkhead: *mut hscb_bulkhead) {
    // SAFETY: by contract.
    guard((), || unsafe { take(bulkhead) });
}

/// Takes a seat, and waits for a free one at most `timeout_ms` (0 = not at all): a permit, to be given back with
/// hscb_bulkhead_leave by this process; 0 = full. The seats of a process that is killed are taken back.
///
/// # Safety
/// `bulkhead` is NULL (the answer is HSCB_PERMIT_PASS) or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_enter(bulkhead: *const hscb_bulkhead, timeout_ms: u64) -> u64 {
    // SAFETY: by contract.
    unsafe {
        ask(bulkhead, HSCB_PERMIT_PASS, |b| {
            b.enter(Duration::from_millis(timeout_ms)).map_or(0, BulkheadPermit::into_raw)
        })
    }
}

/// Leaves a seat. 0, HSCB_PERMIT_PASS, and what is no permit of this process do nothing; a permit that is given back twice
/// may free another seat of this process.
///
/// # Safety
/// `bulkhead` is NULL (nothing happens) or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_leave(bulkhead: *const hscb_bulkhead, permit: u64) {
    // SAFETY: by contract.
    unsafe { ask(bulkhead, (), |b| drop(b.permit_from_raw(permit))) }
}

/// The configuration that is in force. Set `out->struct_size` before.
///
/// # Safety
/// `bulkhead` is NULL or open; `out` is NULL or points to as many writable bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_get_config(
    bulkhead: *const hscb_bulkhead,
    out: *mut hscb_bulkhead_config,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let bulkhead = unsafe { borrow(bulkhead, "bulkhead") }?;
        required(out, "out")?;
        // SAFETY: by contract.
        unsafe { structs::write(out, &bulkhead.0.config().into()) }?;
        Ok(HSCB_OK)
    })
}

/// Who is in, who waits, and totals. Set `out->struct_size` before.
///
/// # Safety
/// `bulkhead` is NULL or open; `out` is NULL or points to as many writable bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_bulkhead_get_snapshot(
    bulkhead: *const hscb_bulkhead,
    out: *mut hscb_bulkhead_snapshot,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let bulkhead = unsafe { borrow(bulkhead, "bulkhead") }?;
        required(out, "out")?;
        // SAFETY: by contract.
        unsafe { structs::write(out, &bulkhead.0.snapshot().into()) }?;
        Ok(HSCB_OK)
    })
}

/// A caller's configuration, checked.
///
/// # Safety
/// `config` points to as many readable bytes as its `struct_size` says.
unsafe fn read(config: *const hscb_bulkhead_config) -> Result<BulkheadConfig> {
    // SAFETY: by contract.
    let given = unsafe { structs::read(config, BulkheadConfig::default().into()) }?;
    let config = BulkheadConfig { values: [given.limit, given.max_waiting] };
    config.validate()?;
    Ok(config)
}
