//! The configurations of what stands beside a breaker: a limiter's, a bulkhead's.

use super::json;
use super::setters::whole_ms;
use super::table::{self, BULKHEAD, LIMITER, defaults};
use crate::error::Result;
use std::time::Duration;

/// The configuration of a limiter: `limit` units per `period`, of which `burst` may go at once.
///
/// In any period it lets pass at most `limit + burst - 1` units (the first burst, and then what the period brings), and
/// never less than `limit` are to be had. With the default burst of 1 the calls are evenly spaced, and a period never
/// sees more than `limit`; a larger burst suits a server that counts by a bucket of that size.
///
/// ```
/// use holysheep_cb::LimiterConfig;
/// use std::time::Duration;
///
/// let config = LimiterConfig::per_minute(600).burst(20);
/// assert_eq!(LimiterConfig::from_json(r#"{"limit": 600, "burst": 20}"#)?, config);
/// assert_eq!(LimiterConfig::new(10, Duration::from_secs(60)), LimiterConfig::per_minute(10));
///
/// let error = LimiterConfig::per_minute(0).validate().unwrap_err();
/// assert_eq!(error.to_string(), "limit is 0, but must be within 1..=1000000000");
/// # Ok::<(), holysheep_cb::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LimiterConfig {
    pub(crate) values: [u32; LIMITER.len()],
}

impl LimiterConfig {
    /// `limit` units (1..=10^9) per `period` (1 ms to a day), one at a time.
    #[must_use]
    pub fn new(limit: u32, period: Duration) -> Self {
        let [_, _, burst] = defaults(&LIMITER);
        Self { values: [limit, whole_ms(period), burst] }
    }

    /// The same per minute.
    #[must_use]
    pub fn per_minute(limit: u32) -> Self {
        Self::new(limit, Duration::from_secs(60))
    }

    /// How many units may go at once after a quiet time, 1..=10^9. Default 1.
    #[must_use]
    pub fn burst(mut self, units: u32) -> Self {
        self.values[2] = units;
        self
    }

    /// Checks every field's range.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming the field, its value and what is allowed.
    pub fn validate(&self) -> Result<()> {
        table::check(&self.values, &LIMITER)
    }

    /// Reads a JSON object with the fields `limit`, `period_ms`, `burst`; those that are not named are 60, 60000 and 1. The
    /// result is validated.
    ///
    /// # Errors
    /// As [`Config::from_json`](crate::Config::from_json).
    pub fn from_json(text: &str) -> Result<Self> {
        let config = Self { values: json::read(text, &LIMITER)? };
        config.validate()?;
        Ok(config)
    }

    /// The JSON form, with every field.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::write(&self.values, &LIMITER)
    }
}

impl Default for LimiterConfig {
    /// 60 a minute, one at a time.
    fn default() -> Self {
        Self { values: defaults(&LIMITER) }
    }
}

impl std::fmt::Debug for LimiterConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        table::show("LimiterConfig", &self.values, &LIMITER, f)
    }
}

/// The configuration of a bulkhead: at most `limit` calls in flight, at most `max_waiting` that wait for one to end.
///
/// ```
/// use holysheep_cb::BulkheadConfig;
///
/// let config = BulkheadConfig::new(20).max_waiting(10);
/// assert_eq!(BulkheadConfig::from_json(r#"{"limit": 20, "max_waiting": 10}"#)?, config);
///
/// let error = BulkheadConfig::new(513).validate().unwrap_err();
/// assert_eq!(error.to_string(), "limit is 513, but must be within 1..=512");
/// # Ok::<(), holysheep_cb::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BulkheadConfig {
    pub(crate) values: [u32; BULKHEAD.len()],
}

impl BulkheadConfig {
    /// At most `limit` calls in flight (1..=512), and 128 that wait.
    #[must_use]
    pub fn new(limit: u32) -> Self {
        let [_, max_waiting] = defaults(&BULKHEAD);
        Self { values: [limit, max_waiting] }
    }

    /// How many calls may wait at once, 0..=128; further ones are refused. Default 128.
    #[must_use]
    pub fn max_waiting(mut self, calls: u32) -> Self {
        self.values[1] = calls;
        self
    }

    /// Checks every field's range.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming the field, its value and what is allowed.
    pub fn validate(&self) -> Result<()> {
        table::check(&self.values, &BULKHEAD)
    }

    /// Reads a JSON object with the fields `limit` and `max_waiting`; those that are not named are 20 and 128. The result
    /// is validated.
    ///
    /// # Errors
    /// As [`Config::from_json`](crate::Config::from_json).
    pub fn from_json(text: &str) -> Result<Self> {
        let config = Self { values: json::read(text, &BULKHEAD)? };
        config.validate()?;
        Ok(config)
    }

    /// The JSON form, with every field.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::write(&self.values, &BULKHEAD)
    }
}

impl Default for BulkheadConfig {
    /// 20 in flight, 128 that wait.
    fn default() -> Self {
        Self { values: defaults(&BULKHEAD) }
    }
}

impl std::fmt::Debug for BulkheadConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        table::show("BulkheadConfig", &self.values, &BULKHEAD, f)
    }
}
