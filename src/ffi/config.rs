//! `hscb_config`.

use super::guard::fallible;
use super::handle::{borrow, hscb_breaker, required, text};
use super::status::HSCB_OK;
use super::structs::{self, Sized32};
use crate::config::{Config, FIELDS, Field, Values};
use crate::error::{Error, ErrorKind, Result};
use std::ffi::c_char;

/// The window is one of time.
pub const HSCB_WINDOW_TIME: u32 = 0;
/// The window is one of calls.
pub const HSCB_WINDOW_CALLS: u32 = 1;
/// The first failed probe reopens.
pub const HSCB_VERDICT_STRICT: u32 = 0;
/// The rates over half_open_max_calls results decide.
pub const HSCB_VERDICT_RATE: u32 = 1;

/// The configuration of a breaker. Set struct_size, call hscb_config_init, then change what you like.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct hscb_config {
    /// sizeof(hscb_config) of the caller; 0 = the first published layout.
    pub struct_size: u32,
    /// Failures in the window that the failure rule asks for; 0 to 64, 0 = it asks for none. Default 5.
    pub failure_threshold: u32,
    /// Share of the window's calls that must have failed for the failure rule; 0 to 1, 0 = any. Default 0.5.
    pub failure_rate: f64,
    /// Calls in the window below which neither rate holds; 0 to 1048576. Default 0.
    pub min_calls: u32,
    /// The row rule: this many failures in a row; 0 to 1024, 0 = off. Default 0.
    pub consecutive_failures: u32,
    /// The slow rule: share of the window's calls that were slow; 0 to 1, 0 = off. Default 0.
    pub slow_rate: f64,
    /// A call is slow if it took at least this long, ms; 0 to 86400000, 0 = none is. Default 0.
    pub slow_call_ms: u32,
    /// HSCB_WINDOW_TIME (default) or HSCB_WINDOW_CALLS.
    pub window: u32,
    /// Length of the time window, ms; 1 to 86400000. Default 60000.
    pub window_ms: u32,
    /// Ticks in the time window; 1 to 64. Default 10.
    pub window_buckets: u32,
    /// Length of the window of calls; 1 to 1024. Default 100.
    pub window_calls: u32,
    /// How long the first opening lasts, ms; 1 to 86400000. Default 30000.
    pub open_ms: u32,
    /// The k-th opening since the last close lasts open_ms * open_backoff^(k-1); 1 to 10. Default 1.
    pub open_backoff: f64,
    /// The longest opening, ms, never less than open_ms; 1 to 86400000. Default 300000.
    pub open_max_ms: u32,
    /// Must be 0.
    pub reserved: u32,
    /// An opening is lengthened by a random share of up to this; 0 to 1. Default 0.
    pub open_jitter: f64,
    /// Probes of one half-open episode, in flight and recorded; 1 to 255. Default 3.
    pub half_open_max_calls: u32,
    /// Cap on probes in flight at once; 0 to 255, 0 = none beyond half_open_max_calls. Default 0.
    pub half_open_max_concurrent: u32,
    /// Successes that close (strict verdict); 1 to 255. Default 2.
    pub success_threshold: u32,
    /// HSCB_VERDICT_STRICT (default) or HSCB_VERDICT_RATE.
    pub half_open_verdict: u32,
    /// Least time between two probe admissions, ms; 0 to 86400000. Default 0.
    pub half_open_interval_ms: u32,
    /// After this long half-open, reopen, ms; 0 to 86400000, 0 = never. Default 0.
    pub half_open_max_ms: u32,
    /// The time a probe may stay out before it counts as lost, ms; at least 1. Default 60000.
    pub probe_lease_ms: u32,
    /// Cap on a server's Retry-After, ms; 0 to 86400000, 0 = hints are not honoured. Default 300000.
    pub retry_after_max_ms: u32,
}

// SAFETY: repr(C), u32 and f64 only, and no padding: the sum of its fields is its size (asserted below).
unsafe impl Sized32 for hscb_config {
    const NAME: &'static str = "hscb_config";
    const FIRST: usize = 112;
    fn is_cut(size: usize) -> bool {
        matches!(size, 12 | 28 | 60 | 76)
    }
}

const _: () =
    assert!(size_of::<hscb_config>() == 20 * 4 + 4 * 8 && size_of::<hscb_config>() == hscb_config::FIRST);

macro_rules! mapped {
    ({ $($count:ident $field:ident,)* } { $($share:ident $ppm:ident,)* }) => {
        fn to_values(c: &hscb_config) -> Result<Values> {
            let mut values: Values = [0; FIELDS.len()];
            $(values[Field::$field as usize] = c.$count;)*
            $(values[Field::$ppm as usize] = FIELDS[Field::$ppm as usize].ppm(c.$share)?;)*
            Ok(values)
        }

        fn from_values(values: &Values) -> hscb_config {
            hscb_config {
                struct_size: size_of::<hscb_config>() as u32,
                reserved: 0,
                $($count: values[Field::$field as usize],)*
                $($share: f64::from(values[Field::$ppm as usize]) / 1e6,)*
            }
        }
    };
}

mapped! {
    {
    failure_threshold FailureThreshold,
    min_calls MinCalls,
    consecutive_failures ConsecutiveFailures,
    slow_call_ms SlowCall,
    window Window,
    window_ms WindowLength,
    window_buckets WindowBuckets,
    window_calls WindowCalls,
    open_ms Open,
    open_max_ms OpenMax,
    half_open_max_calls HalfOpenMaxCalls,
    half_open_max_concurrent HalfOpenMaxConcurrent,
    success_threshold SuccessThreshold,
    half_open_verdict HalfOpenVerdict,
    half_open_interval_ms HalfOpenInterval,
    half_open_max_ms HalfOpenMax,
    probe_lease_ms ProbeLease,
    retry_after_max_ms RetryAfterMax,
    }
    {
    failure_rate FailureRate,
    slow_rate SlowRate,
    open_backoff OpenBackoff,
    open_jitter OpenJitter,
    }
}

/// A caller's configuration, checked.
///
/// # Safety
/// `config` points to as many readable bytes as its `struct_size` says.
pub(super) unsafe fn read(config: *const hscb_config) -> Result<Config> {
    // SAFETY: by contract.
    let given = unsafe { structs::read(config, from_values(&Config::new().values)) }?;
    if given.reserved != 0 {
        let message = format!("reserved is {}, but must be 0", given.reserved);
        return Err(Error::new(ErrorKind::Config, message));
    }
    let config = Config { values: to_values(&given)? };
    config.validate()?;
    Ok(config)
}

/// Fills a configuration with the defaults. Set `c->struct_size` before.
///
/// # Safety
/// `c` is NULL or points to as many writable bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_config_init(c: *mut hscb_config) -> i32 {
    fallible(|| {
        required(c, "config")?;
        // SAFETY: by contract.
        unsafe { structs::write(c, &from_values(&Config::new().values)) }?;
        Ok(HSCB_OK)
    })
}

/// The configuration that is in force. Set `out->struct_size` before.
///
/// # Safety
/// `breaker` is NULL or open; `out` is NULL or points to as many writable bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_breaker_config(breaker: *const hscb_breaker, out: *mut hscb_config) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let breaker = unsafe { borrow(breaker, "breaker") }?;
        required(out, "out")?;
        // SAFETY: by contract.
        unsafe { structs::write(out, &from_values(&breaker.0.config().values)) }?;
        Ok(HSCB_OK)
    })
}

/// Reads a JSON object with the field names of hscb_config; fields that it does not name have their defaults. Set
/// `out->struct_size` before. Unknown fields and values out of range are errors that name the field.
///
/// # Safety
/// `json` is NULL or NUL-terminated; `out` is NULL or points to as many writable bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_config_from_json(json: *const c_char, out: *mut hscb_config) -> i32 {
    fallible(|| {
        required(out, "out")?;
        // SAFETY: by contract.
        let config = Config::from_json(unsafe { text(json, "json") }?)?;
        // SAFETY: by contract.
        unsafe { structs::write(out, &from_values(&config.values)) }?;
        Ok(HSCB_OK)
    })
}
