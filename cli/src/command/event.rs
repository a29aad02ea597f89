//! An event as every verb shows it.

use super::breaker::ink;
use crate::output::paint::{Ink, Paint};
use crate::output::{date, plain};
use crate::watch::Told;
use holysheep_cb::{Clock as _, SystemClock};
use serde::Serialize;
use std::time::Duration;

/// An event in JSON.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Shape {
    segment: String,
    sequence: u64,
    time_ns: u64,
    at: String,
    breaker: String,
    from: &'static str,
    to: &'static str,
    reason: &'static str,
    generation: u16,
    pid: u32,
    note: String,
    /// Events before this one that were lost.
    missed: u64,
    #[serde(skip)]
    ink: Ink,
}

impl Shape {
    /// What was told of an event.
    pub(super) fn new(Told { segment, event, missed }: Told) -> Self {
        let ago = SystemClock::new().now_ns().saturating_sub(event.time_ns);
        Self {
            segment: segment.as_ref().to_owned(),
            sequence: event.sequence,
            time_ns: event.time_ns,
            at: date(Duration::from_nanos(ago)),
            breaker: event.breaker,
            from: event.from.name(),
            to: event.to.name(),
            reason: event.reason.name(),
            generation: event.generation,
            pid: event.pid,
            note: event.note,
            missed,
            ink: ink(event.to),
        }
    }

    /// The event as a line.
    pub(super) fn line(&self, paint: Paint) -> String {
        let missed = match self.missed {
            0 => String::new(),
            n => paint.dress(Ink::Yellow, &format!("({n} events were missed)\n")),
        };
        let note = if self.note.is_empty() { String::new() } else { format!("  {}", plain(&self.note)) };
        format!(
            "{missed}{}  {}/{}  {} -> {}  {}  pid {}{note}",
            paint.dress(Ink::Dim, &self.at),
            plain(&self.segment),
            plain(&self.breaker),
            self.from,
            paint.dress(self.ink, self.to),
            self.reason,
            self.pid,
        )
    }
}
