//! Distributions of waiting times.

use super::fields::{BadScript, Fields, Read, brief};
use serde_json::Value;
use std::f64::consts::TAU;
use std::time::Duration;

/// The longest waiting time, in ms: one hour.
const LONGEST_MS: f64 = 3_600_000.0;

/// How long a request waits before its answer begins. All numbers are milliseconds, but `sigma`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Latency {
    /// Always the same.
    Fixed { ms: f64 },
    /// Anything between two bounds.
    Uniform { min_ms: f64, max_ms: f64 },
    /// The bell curve, cut off at zero.
    Normal { mean_ms: f64, std_ms: f64 },
    /// The logarithm is normal: a long tail to the right.
    LogNormal { median_ms: f64, sigma: f64 },
    /// As between arrivals.
    Exponential { mean_ms: f64 },
}

impl Latency {
    /// No waiting.
    pub(super) const NONE: Self = Self::Fixed { ms: 0.0 };

    /// Reads a number of milliseconds or `{"kind": ..., ...}`.
    pub(super) fn read(place: &str, value: Value) -> Read<Self> {
        if let Some(ms) = value.as_f64().filter(|ms| (0.0..=LONGEST_MS).contains(ms)) {
            return Ok(Self::Fixed { ms });
        }
        if !value.is_object() {
            let allowed = format!("milliseconds 0..={LONGEST_MS}, or an object with kind");
            return Err(BadScript(format!("{place} is {}; allowed: {allowed}", brief(&value))));
        }
        let mut fields = Fields::of(place, value)?;
        let latency = Self::of_kind(&mut fields)?;
        fields.finish()?;
        Ok(latency)
    }

    fn of_kind(fields: &mut Fields) -> Read<Self> {
        const KINDS: [(&str, u8); 5] =
            [("fixed", 0), ("uniform", 1), ("normal", 2), ("lognormal", 3), ("exponential", 4)];
        let kind = fields
            .choice("kind", &KINDS)?
            .ok_or_else(|| fields.refuse("kind", &Value::Null, KINDS.map(|(word, _)| word).join(", ")))?;
        Ok(match kind {
            0 => Self::Fixed { ms: required(fields, "ms", LONGEST_MS)? },
            1 => {
                let min_ms = required(fields, "min_ms", LONGEST_MS)?;
                let max_ms = required(fields, "max_ms", LONGEST_MS)?;
                if max_ms < min_ms {
                    let allowed = format!("a number {min_ms}..={LONGEST_MS} (not below min_ms)");
                    return Err(fields.refuse("max_ms", &Value::from(max_ms), allowed));
                }
                Self::Uniform { min_ms, max_ms }
            }
            2 => Self::Normal {
                mean_ms: required(fields, "mean_ms", LONGEST_MS)?,
                std_ms: required(fields, "std_ms", LONGEST_MS)?,
            },
            3 => Self::LogNormal {
                median_ms: required(fields, "median_ms", LONGEST_MS)?,
                sigma: required(fields, "sigma", 4.0)?,
            },
            _ => Self::Exponential { mean_ms: required(fields, "mean_ms", LONGEST_MS)? },
        })
    }

    /// The waiting time for two numbers in `0..1`, at most an hour.
    pub(super) fn sample(&self, (a, b): (f64, f64)) -> Duration {
        // Box and Muller; 1 - a is never zero.
        let normal = || (-2.0 * (1.0 - a).ln()).sqrt() * (TAU * b).cos();
        let ms = match *self {
            Self::Fixed { ms } => ms,
            Self::Uniform { min_ms, max_ms } => min_ms + a * (max_ms - min_ms),
            Self::Normal { mean_ms, std_ms } => mean_ms + std_ms * normal(),
            Self::LogNormal { median_ms, sigma } => median_ms * (sigma * normal()).exp(),
            Self::Exponential { mean_ms } => -mean_ms * (1.0 - a).ln(),
        };
        Duration::from_secs_f64(ms.clamp(0.0, LONGEST_MS) / 1000.0)
    }
}

fn required(fields: &mut Fields, field: &'static str, most: f64) -> Read<f64> {
    let found = fields.number(field, 0.0..=most)?;
    found.ok_or_else(|| fields.refuse(field, &Value::Null, format!("a number 0..={most}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::mock::draw::Draw;
    use serde_json::json;

    fn mean_ms(latency: Latency) -> f64 {
        let total: f64 = (0..5_000).map(|n| latency.sample(Draw::of(5, n).latency).as_secs_f64()).sum();
        total / 5.0
    }

    #[test]
    fn means_are_what_the_parameters_say() {
        let near = |latency, want: f64| {
            let got = mean_ms(latency);
            assert!((got - want).abs() < want * 0.05, "{latency:?}: mean {got} ms, not {want}");
        };
        near(Latency::Fixed { ms: 20.0 }, 20.0);
        near(Latency::Uniform { min_ms: 100.0, max_ms: 300.0 }, 200.0);
        near(Latency::Normal { mean_ms: 200.0, std_ms: 30.0 }, 200.0);
        near(Latency::LogNormal { median_ms: 100.0, sigma: 0.5 }, 100.0 * (0.125f64).exp());
        near(Latency::Exponential { mean_ms: 50.0 }, 50.0);
    }

    #[test]
    fn bad_ones_are_named() {
        let told = |value| Latency::read("phase 0: latency", value).expect_err("bad").to_string();
        assert_eq!(
            told(json!(-1)),
            "phase 0: latency is -1; allowed: milliseconds 0..=3600000, or an object with kind"
        );
        assert_eq!(
            told(json!({"kind": "gamma"})),
            "phase 0: latency: kind is \"gamma\"; allowed: fixed, uniform, normal, lognormal, exponential"
        );
        assert_eq!(
            told(json!({"kind": "uniform", "min_ms": 5, "max_ms": 2})),
            "phase 0: latency: max_ms is 2.0; allowed: a number 5..=3600000 (not below min_ms)"
        );
        assert!(told(json!({"kind": "fixed", "ms": 1, "mean_ms": 2})).contains("unknown field \"mean_ms\""));
    }
}
