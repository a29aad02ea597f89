//! `hscb_limiter`. With a NULL handle, or after a panic, every call goes.

use super::guard::{fallible, guard};
pub use super::handle::hscb_limiter;
use super::handle::{ask, borrow, give, hscb_segment, required, take, text};
use super::snapshot::HSCB_SNAPSHOT_PRIVATE;
use super::status::{HSCB_EXISTING, HSCB_OK};
use super::structs::{self, Sized32};
use crate::clock::Clock;
use crate::config::LimiterConfig;
use crate::error::Result;
use crate::limiter::{Limited, Limiter, LimiterSnapshot, LimiterTurn, ServerLimits, Share};
use std::ffi::c_char;
use std::time::Duration;

/// The configuration of a limiter. Set struct_size, call hscb_limiter_config_init, then change what you like.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct hscb_limiter_config {
    /// sizeof(hscb_limiter_config) of the caller; 0 = the first published layout.
    pub struct_size: u32,
    /// Units per period; 1 to 1000000000. Default 60.
    pub limit: u32,
    /// The period, ms; 1 to 86400000. Default 60000.
    pub period_ms: u32,
    /// Units that may go at once after a quiet time; 1 to 1000000000. Default 1: evenly spaced.
    pub burst: u32,
}

// SAFETY: repr(C), u32 only.
unsafe impl Sized32 for hscb_limiter_config {
    const NAME: &'static str = "hscb_limiter_config";
    const FIRST: usize = 16;
    fn is_cut(_size: usize) -> bool {
        false
    }
}

/// A limiter at one moment. Totals only ever grow.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct hscb_limiter_snapshot {
    /// sizeof(hscb_limiter_snapshot) of the caller; 0 = the first published layout.
    pub struct_size: u32,
    /// Units per period, as configured.
    pub limit: u32,
    /// Units per period, as the server says; 0 if it has not said.
    pub server_limit: u32,
    /// The period, ms.
    pub period_ms: u32,
    /// Units that may go at once after a quiet time, as configured.
    pub burst: u32,
    /// Units that may go at once now.
    pub available: u32,
    /// How long until one unit may go, ns.
    pub retry_after_ns: u64,
    /// What is left of a pause that the server asked for, ns.
    pub paused_ns: u64,
    /// Calls that went.
    pub admitted_total: u64,
    /// Units that they took.
    pub units_total: u64,
    /// Calls that did not go.
    pub refused_total: u64,
    /// Pauses that the server asked for.
    pub pauses_total: u64,
    /// HSCB_SNAPSHOT_PRIVATE.
    pub flags: u32,
    /// What this host may use of the limit, in millionths: 1000000, unless hosts share it.
    pub share_ppm: u32,
}

// SAFETY: repr(C), integers only, and no padding: the sum of its fields is its size (asserted below).
unsafe impl Sized32 for hscb_limiter_snapshot {
    const NAME: &'static str = "hscb_limiter_snapshot";
    const FIRST: usize = 80;
    fn is_cut(size: usize) -> bool {
        (24..72).contains(&size) && size % 8 == 4
    }
}

const _: () = assert!(size_of::<hscb_limiter_config>() == hscb_limiter_config::FIRST);
const _: () = assert!(
    size_of::<hscb_limiter_snapshot>() == 8 * 4 + 6 * 8
        && size_of::<hscb_limiter_snapshot>() == hscb_limiter_snapshot::FIRST
);

impl From<LimiterConfig> for hscb_limiter_config {
    fn from(config: LimiterConfig) -> Self {
        let [limit, period_ms, burst] = config.values;
        Self { struct_size: size_of::<Self>() as u32, limit, period_ms, burst }
    }
}

impl From<LimiterSnapshot> for hscb_limiter_snapshot {
    fn from(s: LimiterSnapshot) -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            limit: s.limit,
            server_limit: s.server_limit.unwrap_or(0),
            period_ms: s.period.as_millis() as u32,
            burst: s.burst,
            available: s.available,
            retry_after_ns: ns(s.retry_after),
            paused_ns: ns(s.paused),
            admitted_total: s.admitted,
            units_total: s.units,
            refused_total: s.refused,
            pauses_total: s.pauses,
            flags: if s.private { HSCB_SNAPSHOT_PRIVATE } else { 0 },
            share_ppm: s.share.unwrap_or(Share::WHOLE).in_force(),
        }
    }
}

/// Fills a limiter's configuration with the defaults. Set `c->struct_size` before.
///
/// # Safety
/// `c` is NULL or points to as many writable bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_config_init(c: *mut hscb_limiter_config) -> i32 {
    fallible(|| {
        required(c, "config")?;
        // SAFETY: by contract.
        unsafe { structs::write(c, &LimiterConfig::default().into()) }?;
        Ok(HSCB_OK)
    })
}

/// Reads a JSON object with the field names of hscb_limiter_config; fields that it does not name have their defaults. Set
/// `out->struct_size` before.
///
/// # Safety
/// `json` is NULL or NUL-terminated; `out` is NULL or points to as many writable bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_config_from_json(
    json: *const c_char,
    out: *mut hscb_limiter_config,
) -> i32 {
    fallible(|| {
        required(out, "out")?;
        // SAFETY: by contract.
        let config = LimiterConfig::from_json(unsafe { text(json, "json") }?)?;
        // SAFETY: by contract.
        unsafe { structs::write(out, &config.into()) }?;
        Ok(HSCB_OK)
    })
}

/// Gets the limiter of this name, or creates it.
///
/// `segment`: NULL for a private one that all of this process shares. `name`: 1 to 127 bytes of UTF-8 without control
/// characters; names of breakers are not in its way. `config`: NULL for the defaults, or the existing limiter's own. An
/// existing limiter keeps its configuration: HSCB_EXISTING (1) if that differs from `config`. `*out`: to be closed with
/// hscb_limiter_close.
///
/// # Safety
/// `segment` is NULL or open; `name` is NULL or NUL-terminated; `config` is NULL or points to as many bytes as its
/// struct_size says; `out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_open(
    segment: *mut hscb_segment,
    name: *const c_char,
    config: *const hscb_limiter_config,
    out: *mut *mut hscb_limiter,
) -> i32 {
    fallible(|| {
        required(out, "out")?;
        // SAFETY: by contract.
        let (segment, name) = unsafe { (segment.as_ref(), text(name, "name")?) };
        // SAFETY: by contract.
        let config = if config.is_null() { None } else { Some(unsafe { read(config) }?) };
        let mut builder = Limiter::builder();
        if let Some(segment) = segment {
            builder = builder.segment(&segment.0);
        }
        if let Some(config) = config {
            builder = builder.config(config);
        }
        let limiter = builder.open(name)?;
        let differs = config.is_some_and(|config| config != limiter.config());
        // SAFETY: not NULL, by contract a pointer.
        unsafe { give(out, hscb_limiter(limiter)) };
        Ok(if differs { HSCB_EXISTING } else { HSCB_OK })
    })
}

/// Replaces the configuration, for every process that shares the limiter.
///
/// # Safety
/// `limiter` is NULL or open; `config` is NULL or points to as many bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_configure(
    limiter: *const hscb_limiter,
    config: *const hscb_limiter_config,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let limiter = unsafe { borrow(limiter, "limiter") }?;
        required(config, "config")?;
        // SAFETY: by contract.
        limiter.0.configure(unsafe { read(config) }?)?;
        Ok(HSCB_OK)
    })
}

/// Closes a limiter; NULL is none. In a shared segment the limiter itself stays.
///
/// # Safety
/// `limiter` is NULL or came from hscb_limiter_open, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_close(limiter: *mut hscb_limiter) {
    // SAFETY: by contract.
    guard((), || unsafe { take(limiter) });
}

/// Takes so many units, and waits for them at most `timeout_ms` (0 = not at all), over all processes in the order of
/// asking. 0: the call goes. Otherwise how long until it would, ns, and nothing is taken; told at once where the wait would
/// be too long.
///
/// # Safety
/// `limiter` is NULL (the call goes) or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_acquire(
    limiter: *const hscb_limiter,
    units: u32,
    timeout_ms: u64,
) -> u64 {
    // SAFETY: by contract.
    unsafe { ask(limiter, 0, |l| wait_of(l.acquire(units, Duration::from_millis(timeout_ms)))) }
}

/// hscb_limiter_acquire without waiting, at a stated time, ns of hscb_now_ns.
///
/// # Safety
/// As hscb_limiter_acquire.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_try_at(limiter: *const hscb_limiter, units: u32, now_ns: u64) -> u64 {
    // SAFETY: by contract.
    unsafe {
        ask(limiter, 0, |l| {
            wait_of(l.with_clock(At(now_ns)).reserve(units, Duration::ZERO).map(LimiterTurn::go))
        })
    }
}

/// How long until a call of so many units would go, ns; 0 = now. Changes nothing.
///
/// # Safety
/// `limiter` is NULL (the answer is 0) or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_retry_after_ns(limiter: *const hscb_limiter, units: u32) -> u64 {
    // SAFETY: by contract.
    unsafe { ask(limiter, 0, |l| ns(l.retry_after(units))) }
}

/// Gives back units that a call took and did not use.
///
/// # Safety
/// `limiter` is NULL (nothing happens) or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_give_back(limiter: *const hscb_limiter, units: u32) {
    // SAFETY: by contract.
    unsafe { ask(limiter, (), |l| l.give_back(units)) }
}

/// Takes units that a call used beyond those that it took; those that follow wait until they are paid.
///
/// # Safety
/// `limiter` is NULL (nothing happens) or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_charge(limiter: *const hscb_limiter, units: u32) {
    // SAFETY: by contract.
    unsafe { ask(limiter, (), |l| l.charge(units)) }
}

/// Nobody goes for so long (a 429 with Retry-After; at most a day), those who wait already among them, and after that one
/// unit after the other. Of several pauses at once the longest counts.
///
/// # Safety
/// `limiter` is NULL (nothing happens) or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_pause(limiter: *const hscb_limiter, duration_ms: u64) {
    // SAFETY: by contract.
    unsafe { ask(limiter, (), |l| l.pause(Duration::from_millis(duration_ms))) }
}

/// Heeds what the server says, such as x-ratelimit-limit, -remaining and -reset; UINT64_MAX stands for what it does not
/// say. A lower limit replaces the configured one; fewer units that remain lower our own count, more are not believed; where
/// none remains, nobody goes until the reset.
///
/// # Safety
/// `limiter` is NULL (nothing happens) or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_correct(
    limiter: *const hscb_limiter,
    limit: u64,
    remaining: u64,
    reset_ms: u64,
) {
    let said = |number: u64| (number != u64::MAX).then(|| u32::try_from(number).unwrap_or(u32::MAX));
    let server = ServerLimits {
        limit: said(limit),
        remaining: said(remaining),
        reset: (reset_ms != u64::MAX).then(|| Duration::from_millis(reset_ms)),
    };
    // SAFETY: by contract.
    unsafe { ask(limiter, (), |l| l.correct(server)) }
}

/// The configuration that is in force. Set `out->struct_size` before.
///
/// # Safety
/// `limiter` is NULL or open; `out` is NULL or points to as many writable bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_get_config(
    limiter: *const hscb_limiter,
    out: *mut hscb_limiter_config,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let limiter = unsafe { borrow(limiter, "limiter") }?;
        required(out, "out")?;
        // SAFETY: by contract.
        unsafe { structs::write(out, &limiter.0.config().into()) }?;
        Ok(HSCB_OK)
    })
}

/// The limiter's limits, what is left of them, and totals. Set `out->struct_size` before.
///
/// # Safety
/// `limiter` is NULL or open; `out` is NULL or points to as many writable bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_limiter_get_snapshot(
    limiter: *const hscb_limiter,
    out: *mut hscb_limiter_snapshot,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let limiter = unsafe { borrow(limiter, "limiter") }?;
        required(out, "out")?;
        // SAFETY: by contract.
        unsafe { structs::write(out, &limiter.0.snapshot().into()) }?;
        Ok(HSCB_OK)
    })
}

/// A caller's configuration, checked.
///
/// # Safety
/// `config` points to as many readable bytes as its `struct_size` says.
unsafe fn read(config: *const hscb_limiter_config) -> Result<LimiterConfig> {
    // SAFETY: by contract.
    let given = unsafe { structs::read(config, LimiterConfig::default().into()) }?;
    let config = LimiterConfig { values: [given.limit, given.period_ms, given.burst] };
    config.validate()?;
    Ok(config)
}

/// A clock that shows one time.
#[derive(Clone)]
struct At(u64);

impl Clock for At {
    fn now_ns(&self) -> u64 {
        self.0
    }
}

/// 0 if the call goes, and never where it does not.
fn wait_of(answer: std::result::Result<(), Limited>) -> u64 {
    answer.map_or_else(wait_ns, |()| 0)
}

/// Never 0, which says that the call goes.
pub(super) fn wait_ns(limited: Limited) -> u64 {
    ns(limited.retry_after).max(1)
}

pub(super) fn ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
