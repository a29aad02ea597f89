//! `Transition`: an event of a segment as a plain object.

use crate::hot::to_ms;
use crate::mode::{Mode, Reason};
use napi_derive::napi;
use std::time::Duration;

/// A change of mode, made by any process.
#[napi(object, object_from_js = false)]
pub struct Transition {
    /// Its number in the segment, from 1.
    pub sequence: f64,
    /// When it happened, ms on the host's monotonic clock.
    pub time_ms: f64,
    /// The breaker's name.
    pub breaker: String,
    /// The mode before.
    pub from: Mode,
    /// The mode after.
    pub to: Mode,
    /// Why.
    pub reason: Reason,
    /// The breaker's generation after it.
    pub generation: u32,
    /// The process that made it; for display only.
    pub pid: u32,
    /// Who made it and why, as the operator said; empty for what breakers do by themselves.
    pub note: String,
    /// How many events before this one were overwritten, or torn by a process that was killed, before they were read.
    pub missed: f64,
}

impl Transition {
    pub(crate) fn new(event: holysheep_cb::Event, missed: u64) -> Self {
        Self {
            sequence: event.sequence as f64,
            time_ms: to_ms(Duration::from_nanos(event.time_ns)),
            breaker: event.breaker,
            from: event.from.into(),
            to: event.to.into(),
            reason: event.reason.into(),
            generation: event.generation.into(),
            pid: event.pid,
            note: event.note,
            missed: missed as f64,
        }
    }
}
