//! [`Config`]: what users write.

use super::json;
use super::rules::Rules;
use super::table::{self, FIELDS, Values, defaults};
use crate::error::Result;

/// The configuration of a breaker. [`Config::new`] has the defaults; the setters replace single fields; whoever takes
/// it (a builder, [`Config::validate`]) checks it.
///
/// ```
/// use holysheep_cb::Config;
/// use std::time::Duration;
///
/// let config = Config::new().failure_threshold(3).open(Duration::from_secs(10));
/// config.validate()?;
/// assert_eq!(Config::from_json(r#"{"failure_threshold": 3, "open_ms": 10000}"#)?, config);
///
/// let error = Config::new().success_threshold(0).validate().unwrap_err();
/// assert_eq!(error.to_string(), "success_threshold is 0, but must be within 1..=255");
/// # Ok::<(), holysheep_cb::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Config {
    pub(crate) values: Values,
}

/// What the failure rule and the slow rule look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Window {
    /// The calls of the last `window_ms`.
    Time = 0,
    /// The last `window_calls` calls.
    Calls = 1,
}

/// How the probes of a half-open episode are judged (S8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Verdict {
    /// The first failed probe reopens; `success_threshold` successes close.
    Strict = 0,
    /// When `half_open_max_calls` results are in, the rates decide.
    Rate = 1,
}

impl Config {
    /// The defaults: opens at the fifth failure within a minute if at least half of the calls failed, for 30 s.
    #[must_use]
    pub fn new() -> Self {
        Self { values: defaults(&FIELDS) }
    }

    /// Checks every field's range and the relations between fields.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming the field, its value and what is allowed.
    pub fn validate(&self) -> Result<()> {
        table::check(&self.values, &FIELDS)?;
        Rules::check(self.values)
    }

    /// Reads a JSON object with the field names of this configuration (`{"open_ms": 10000, "window": "calls"}`);
    /// fields that are not named keep their defaults. The result is validated.
    ///
    /// # Errors
    /// [`ErrorKind::Json`](crate::ErrorKind::Json) if it is no such object,
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for unknown fields and values out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let config = Self { values: json::read(text, &FIELDS)? };
        config.validate()?;
        Ok(config)
    }

    /// The JSON form, with every field.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::write(&self.values, &FIELDS)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        table::show("Config", &self.values, &FIELDS, f)
    }
}
