//! One phase of a script.

use super::fault::{Fault, RateLimit};
use super::fields::{Fields, Read, brief};
use super::latency::Latency;
use serde_json::{Map, Value};
use std::time::Duration;

/// The longest phase, in ms: one day.
const LONGEST_MS: u64 = 86_400_000;

/// What a phase may be, for messages.
const KINDS: &str =
    "healthy, slow, hang, refused, cut, stream-error, status, or a status 400..=599 such as \"429\"";

/// Chunks and pace of a stream; a plain answer has as many words as a stream has chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    /// Chunks with content in one stream.
    pub(super) chunks: u64,
    /// Time between two of them.
    pub(super) interval: Duration,
}

/// What holds for every phase that does not say otherwise, and for requests that are not affected.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Usual {
    /// How long a healthy answer takes.
    pub(super) latency: Latency,
    /// Chunks and pace of streams.
    pub(super) pace: Pace,
}

/// A stretch of the script's time in which one thing goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Phase {
    /// For people and for the statistics.
    pub(super) name: String,
    /// As the script says it, such as `healthy` or `429`.
    pub(super) kind: String,
    /// How long it lasts; `None` is for ever.
    pub(super) duration: Option<Duration>,
    /// The share of the requests affected; the rest is healthy.
    pub(super) rate: f64,
    /// How long an affected request waits before what happens to it.
    pub(super) latency: Latency,
    /// Chunks and pace of affected streams.
    pub(super) pace: Pace,
    /// `x-ratelimit-*` headers on the answers to affected requests.
    pub(super) limit: Option<RateLimit>,
    /// What goes wrong.
    pub(super) fault: Fault,
}

impl Default for Usual {
    fn default() -> Self {
        Self { latency: Latency::NONE, pace: Pace { chunks: 8, interval: Duration::from_millis(10) } }
    }
}

impl Usual {
    /// Reads `latency`, `chunks` and `interval_ms`; what is absent is as here.
    pub(super) fn read(&self, fields: &mut Fields) -> Read<Self> {
        let place = format!("{}: latency", fields.place());
        let latency = match fields.take("latency") {
            Some(value) => Latency::read(&place, value)?,
            None => self.latency,
        };
        let chunks = fields.integer("chunks", 1..=10_000)?.unwrap_or(self.pace.chunks);
        let interval = fields.integer("interval_ms", 0..=3_600_000)?;
        let interval = interval.map_or(self.pace.interval, Duration::from_millis);
        Ok(Self { latency, pace: Pace { chunks, interval } })
    }
}

impl Phase {
    /// A healthy phase without an end.
    pub(super) fn healthy(name: &str, usual: &Usual) -> Self {
        Self {
            name: name.to_owned(),
            kind: "healthy".to_owned(),
            duration: None,
            rate: 1.0,
            latency: usual.latency,
            pace: usual.pace,
            limit: None,
            fault: Fault::None,
        }
    }

    /// Reads the phase that stands at `place`.
    pub(super) fn read(place: &str, value: Value, usual: &Usual) -> Read<Self> {
        let mut fields = Fields::of(place, value)?;
        let name = fields.text("name", 64)?;
        let kind = kind(&mut fields)?;
        let name = name.unwrap_or_else(|| kind.clone());
        fields.rename(format!("{place} ({}, kind {kind})", brief(&Value::from(name.as_str()))));
        let duration = fields.integer("duration_ms", 0..=LONGEST_MS)?;
        let duration = duration.filter(|ms| *ms > 0).map(Duration::from_millis);
        let mut phase = Self { kind, duration, ..Self::healthy(&name, usual) };
        phase.read_rest(&mut fields, usual)?;
        fields.finish()?;
        Ok(phase)
    }

    fn read_rest(&mut self, fields: &mut Fields, usual: &Usual) -> Read<()> {
        let refused = self.kind == "refused";
        if !refused {
            let slow = self.kind == "slow";
            let latency = if slow { Latency::Fixed { ms: 2_000.0 } } else { usual.latency };
            let own = Usual { latency, pace: usual.pace }.read(fields)?;
            (self.latency, self.pace) = (own.latency, own.pace);
        }
        if !refused && self.kind != "healthy" {
            self.rate = fields.number("rate", 0.0..=1.0)?.unwrap_or(1.0);
        }
        self.fault = Fault::read(&self.kind, fields, self.pace.chunks)?;
        if matches!(self.fault, Fault::None | Fault::Status(_)) {
            self.limit = RateLimit::read(fields, &self.fault)?;
        }
        Ok(())
    }
}

/// Reads `kind`: one of the words, or a status as text or number.
fn kind(fields: &mut Fields) -> Read<String> {
    let value = fields.take("kind").unwrap_or(Value::Null);
    let word = match &value {
        Value::Number(number) => number.to_string(),
        Value::String(word) => word.clone(),
        _ => String::new(),
    };
    let is_status = word.len() == 3 && word.parse().is_ok_and(|code| (400..=599u16).contains(&code));
    match word.as_str() {
        "healthy" | "slow" | "hang" | "refused" | "cut" | "stream-error" | "status" => Ok(word),
        _ if is_status => Ok(word),
        _ => Err(fields.refuse("kind", &value, KINDS)),
    }
}

/// A phase given as the value of a whole control request: the same fields, other place.
pub(super) fn guest(fields: Map<String, Value>, usual: &Usual) -> Read<Phase> {
    Phase::read("phase", Value::Object(fields), usual)
}
