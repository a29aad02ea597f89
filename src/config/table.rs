//! The tables of fields, one for each kind of cell. A value is a `u32` whatever its unit: rates and factors are held as
//! parts per million.

use crate::error::{Error, ErrorKind, Result};

/// A configuration as the table holds it, indexed by [`Field`].
pub(crate) type Values = [u32; FIELDS.len()];

/// What a field's `u32` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// A number of things.
    Count,
    /// Milliseconds.
    Ms,
    /// Parts per million: shares, and the backoff's factor.
    Ppm,
    /// An index into a list of names.
    Choice(&'static [&'static str]),
}

/// One row of a table, such as that in DESIGN section 2.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    default: u32,
    pub(crate) min: u32,
    pub(crate) max: u32,
}

const DAY_MS: u32 = 86_400_000;
/// Stands for a share that is negative, too large or no number, until validation refuses it.
pub(crate) const NO_SHARE: u32 = u32::MAX;
/// One, in parts per million.
pub(crate) const ONE: u32 = 1_000_000;

macro_rules! table {
    ($($field:ident $name:literal $unit:expr, $default:expr, $min:expr, $max:expr;)*) => {
        /// A field's index. The first ones lie on the cell's hot line, for every success reads them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(usize)]
        pub(crate) enum Field { $($field),* }

        /// All fields, in the order of [`Field`].
        pub(crate) static FIELDS: [Spec; [$($name),*].len()] = [
            $(Spec::new($name, $unit, $default, $min, $max)),*
        ];
    };
}

table! {
    SlowCall "slow_call_ms" Unit::Ms, 0, 0, DAY_MS;
    WindowLength "window_ms" Unit::Ms, 60_000, 1, DAY_MS;
    Window "window" Unit::Choice(&["time", "calls"]), 0, 0, 1;
    WindowBuckets "window_buckets" Unit::Count, 10, 1, 64;
    FailureThreshold "failure_threshold" Unit::Count, 5, 0, 64;
    FailureRate "failure_rate" Unit::Ppm, ONE / 2, 0, ONE;
    MinCalls "min_calls" Unit::Count, 0, 0, 1 << 20;
    ConsecutiveFailures "consecutive_failures" Unit::Count, 0, 0, 1024;
    SlowRate "slow_rate" Unit::Ppm, 0, 0, ONE;
    WindowCalls "window_calls" Unit::Count, 100, 1, 1024;
    Open "open_ms" Unit::Ms, 30_000, 1, DAY_MS;
    OpenBackoff "open_backoff" Unit::Ppm, ONE, ONE, 10 * ONE;
    OpenMax "open_max_ms" Unit::Ms, 300_000, 1, DAY_MS;
    OpenJitter "open_jitter" Unit::Ppm, 0, 0, ONE;
    HalfOpenMaxCalls "half_open_max_calls" Unit::Count, 3, 1, 255;
    HalfOpenMaxConcurrent "half_open_max_concurrent" Unit::Count, 0, 0, 255;
    SuccessThreshold "success_threshold" Unit::Count, 2, 1, 255;
    HalfOpenVerdict "half_open_verdict" Unit::Choice(&["strict", "rate"]), 0, 0, 1;
    HalfOpenInterval "half_open_interval_ms" Unit::Ms, 0, 0, DAY_MS;
    HalfOpenMax "half_open_max_ms" Unit::Ms, 0, 0, DAY_MS;
    ProbeLease "probe_lease_ms" Unit::Ms, 60_000, 1, u32::MAX;
    RetryAfterMax "retry_after_max_ms" Unit::Ms, 300_000, 0, DAY_MS;
}

/// A limiter's fields: how much, per how long, and how much of it at once.
pub(crate) static LIMITER: [Spec; 3] = [
    Spec::new("limit", Unit::Count, 60, 1, 1_000_000_000),
    Spec::new("period_ms", Unit::Ms, 60_000, 1, DAY_MS),
    Spec::new("burst", Unit::Count, 1, 1, 1_000_000_000),
];

/// A bulkhead's fields.
pub(crate) static BULKHEAD: [Spec; 2] = [
    Spec::new("limit", Unit::Count, 20, 1, SEATS as u32),
    Spec::new("max_waiting", Unit::Count, WAITING as u32, 0, WAITING as u32),
];

/// The most calls that a bulkhead has in flight.
pub(crate) const SEATS: usize = 512;
/// The most that wait for it.
pub(crate) const WAITING: usize = 128;

/// Every field's default.
pub(crate) fn defaults<const N: usize>(table: &[Spec; N]) -> [u32; N] {
    std::array::from_fn(|i| table[i].default)
}

/// Checks every field's range.
pub(crate) fn check<const N: usize>(values: &[u32; N], table: &[Spec; N]) -> Result<()> {
    table.iter().zip(values).try_for_each(|(field, &value)| field.check(value))
}

/// Writes a configuration as `Debug` does a struct.
pub(crate) fn show<const N: usize>(
    name: &str,
    values: &[u32; N],
    table: &[Spec; N],
    f: &mut std::fmt::Formatter<'_>,
) -> std::fmt::Result {
    let mut out = f.debug_struct(name);
    for (field, &value) in table.iter().zip(values) {
        out.field(field.name, &format_args!("{}", field.show(value)));
    }
    out.finish()
}

impl Spec {
    const fn new(name: &'static str, unit: Unit, default: u32, min: u32, max: u32) -> Self {
        Self { name, unit, default, min, max }
    }

    /// An error unless `value` is in range.
    fn check(&self, value: u32) -> Result<()> {
        if (self.min..=self.max).contains(&value) {
            return Ok(());
        }
        Err(self.refuse(self.show(value)))
    }

    /// The error for a value of this field, as it was given.
    pub(crate) fn refuse(&self, given: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Config, format!("{} is {given}, but must be {}", self.name, self.allowed()))
    }

    /// The allowed values, for messages.
    fn allowed(&self) -> String {
        match self.unit {
            Unit::Choice(names) => names.iter().map(|n| format!("{n:?}")).collect::<Vec<_>>().join(" or "),
            _ => format!("within {}..={}", self.show(self.min), self.show(self.max)),
        }
    }

    /// A value as its user wrote it.
    pub(crate) fn show(&self, value: u32) -> String {
        match self.unit {
            Unit::Count | Unit::Ms => value.to_string(),
            Unit::Ppm if value == NO_SHARE => "out of range".to_owned(),
            Unit::Ppm => (f64::from(value) / f64::from(ONE)).to_string(),
            Unit::Choice(names) => names.get(value as usize).map_or(value.to_string(), |n| format!("{n:?}")),
        }
    }

    /// A share or factor as parts per million, rounded.
    pub(crate) fn ppm(&self, value: f64) -> Result<u32> {
        let scaled = (value * f64::from(ONE)).round();
        if scaled >= f64::from(self.min) && scaled <= f64::from(self.max) {
            // In range by the line above, so the cast loses nothing.
            return Ok(scaled as u32);
        }
        Err(self.refuse(value))
    }
}
