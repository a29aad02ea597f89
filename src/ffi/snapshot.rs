//! `hscb_snapshot`.

use super::guard::fallible;
use super::handle::{ask, borrow, hscb_breaker, hscb_segment, required, text};
use super::status::HSCB_OK;
use super::structs::{self, Sized32};
use super::version::hscb_now_ns;
use crate::error::{Error, ErrorKind};
use crate::stats::Snapshot;
use std::ffi::c_char;

/// The breaker's shared segment was lost, and this handle goes on with a breaker of its own.
pub const HSCB_SNAPSHOT_PRIVATE: u32 = 1;
/// The breakers of other hosts have made its mode or its deadline what it is.
pub const HSCB_SNAPSHOT_REMOTE: u32 = 2;
/// Its rules ask for half as much for now, as other hosts have met an outage.
pub const HSCB_SNAPSHOT_ADVISED: u32 = 4;

/// A breaker at one moment. Totals only ever grow.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct hscb_snapshot {
    /// sizeof(hscb_snapshot) of the caller; 0 = the first published layout.
    pub struct_size: u32,
    /// HSCB_CLOSED, ... An opening that is over shows as open until the next call is admitted.
    pub mode: u32,
    /// One higher after every change of mode; starts at 1 and again after 16383.
    pub generation: u64,
    /// Calls in the window; while half-open, results of this episode; 0 while open, forced open or disabled.
    pub window_calls: u64,
    /// Those of them that failed.
    pub window_failures: u64,
    /// Those of them that were slow.
    pub window_slow: u64,
    /// Probes that are out.
    pub probes_in_flight: u32,
    /// Failures since the last success.
    pub consecutive_failures: u32,
    /// What is left of an opening, ns.
    pub open_remaining_ns: u64,
    /// When the generation changed last, ns of hscb_now_ns; 0 if never.
    pub changed_at_ns: u64,
    /// Calls that succeeded.
    pub successes_total: u64,
    /// Calls that failed.
    pub failures_total: u64,
    /// Calls, of either kind, that were slow.
    pub slow_total: u64,
    /// Permits given back without a verdict.
    pub ignored_total: u64,
    /// Outcomes whose permit was of an earlier generation.
    pub late_total: u64,
    /// Calls that were not admitted.
    pub rejected_total: u64,
    /// Failures that carried the server's own waiting time.
    pub throttled_total: u64,
    /// Transitions to open.
    pub opened_total: u64,
    /// Half-open episodes begun.
    pub half_opened_total: u64,
    /// Transitions to closed.
    pub closed_total: u64,
    /// Times that it would have tripped while observing.
    pub would_trip_total: u64,
    /// Probes that neither returned nor were ignored within their lease.
    pub probes_lost_total: u64,
    /// HSCB_SNAPSHOT_PRIVATE, HSCB_SNAPSHOT_REMOTE, HSCB_SNAPSHOT_ADVISED.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: repr(C), integers only, and no padding: the sum of its fields is its size (asserted below).
unsafe impl Sized32 for hscb_snapshot {
    const NAME: &'static str = "hscb_snapshot";
    const FIRST: usize = 168;
    fn is_cut(size: usize) -> bool {
        // All but the first, the probes' and the last pair are eight bytes wide.
        size < Self::FIRST && size % 8 == 4 && !matches!(size, 4 | 44 | 164)
    }
}

const _: () = assert!(
    size_of::<hscb_snapshot>() == 6 * 4 + 18 * 8 && size_of::<hscb_snapshot>() == hscb_snapshot::FIRST
);

impl From<Snapshot> for hscb_snapshot {
    fn from(s: Snapshot) -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            mode: s.mode as u32,
            generation: s.generation.into(),
            window_calls: s.window_calls,
            window_failures: s.window_failures,
            window_slow: s.window_slow,
            probes_in_flight: s.probes_in_flight,
            consecutive_failures: s.consecutive_failures,
            open_remaining_ns: s.open_remaining_ns,
            changed_at_ns: s.changed_at_ns,
            successes_total: s.totals.successes,
            failures_total: s.totals.failures,
            slow_total: s.totals.slow,
            ignored_total: s.totals.ignored,
            late_total: s.totals.late,
            rejected_total: s.totals.rejected,
            throttled_total: s.totals.throttled,
            opened_total: s.totals.opened,
            half_opened_total: s.totals.half_opened,
            closed_total: s.totals.closed,
            would_trip_total: s.totals.would_trip,
            probes_lost_total: s.totals.probes_lost,
            flags: flags(&s),
            reserved: 0,
        }
    }
}

fn flags(s: &Snapshot) -> u32 {
    let flag = |holds: bool, flag: u32| if holds { flag } else { 0 };
    flag(s.private, HSCB_SNAPSHOT_PRIVATE)
        | flag(s.remote, HSCB_SNAPSHOT_REMOTE)
        | flag(s.advised_remaining_ns > 0, HSCB_SNAPSHOT_ADVISED)
}

/// The breaker's state, window and totals. Set `out->struct_size` before.
///
/// # Safety
/// `breaker` is NULL or an open handle; `out` is NULL or points to as many writable bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_breaker_snapshot(breaker: *const hscb_breaker, out: *mut hscb_snapshot) -> i32 {
    // SAFETY: by contract.
    unsafe { hscb_breaker_snapshot_at(breaker, out, hscb_now_ns()) }
}

/// hscb_breaker_snapshot at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_breaker_snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_breaker_snapshot_at(
    breaker: *const hscb_breaker,
    out: *mut hscb_snapshot,
    now_ns: u64,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let breaker = unsafe { borrow(breaker, "breaker") }?;
        required(out, "out")?;
        // SAFETY: by contract.
        unsafe { structs::write(out, &breaker.0.snapshot_at(now_ns).into()) }?;
        Ok(HSCB_OK)
    })
}

/// The same of a breaker by its name, without opening it; HSCB_ERR_NOT_FOUND if there is none. A segment that was opened
/// with HSCB_SEGMENT_READ_ONLY suffices.
///
/// # Safety
/// `segment` is NULL or open; `name` is NULL or NUL-terminated; `out` as in hscb_breaker_snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_segment_snapshot(
    segment: *const hscb_segment,
    name: *const c_char,
    out: *mut hscb_snapshot,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let (segment, name) = unsafe { (borrow(segment, "segment")?, text(name, "name")?) };
        required(out, "out")?;
        let shown = segment
            .0
            .snapshot(name)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("the segment has no breaker {name:?}")))?;
        // SAFETY: by contract.
        unsafe { structs::write(out, &shown.into()) }?;
        Ok(HSCB_OK)
    })
}

/// The latency in ns that a share `quantile` (0 to 1) of the successes did not exceed, at most 12.5 % off between 4 ms
/// and 1 h; 0 where nothing was recorded, or `quantile` is no share.
///
/// # Safety
/// `breaker` is NULL (the answer is 0) or an open handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_latency_ns(breaker: *const hscb_breaker, quantile: f64) -> u64 {
    // SAFETY: by contract.
    unsafe { ask(breaker, 0, |b| b.latency(quantile).map_or(0, |latency| latency.as_nanos() as u64)) }
}
