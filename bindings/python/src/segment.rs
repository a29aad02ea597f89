//! `SegmentCore`: the handle of a segment.

use crate::error::raised;
use holysheep_cb::ffi::{hscb_segment, hscb_segment_close, hscb_snapshot};
use holysheep_cb::{Event, Segment, SegmentOptions, Snapshot};
use pyo3::prelude::*;
use std::sync::OnceLock;
use std::time::Duration;

/// The handle of a segment; `holysheep_cb.Segment` is what users see.
#[pyclass(frozen, subclass, module = "holysheep_cb._native")]
pub(crate) struct SegmentCore {
    pub(crate) segment: Segment,
    /// The same for the C ABI, once somebody has asked for it.
    lent: OnceLock<usize>,
}

/// sequence, time_ns, breaker, from, to, reason, generation, pid, note.
type EventFields = (u64, u64, String, u32, u32, u32, u32, u32, String);

/// mode, generation, window_calls, window_failures, window_slow, probes_in_flight, consecutive_failures,
/// open_remaining_ns, changed_at_ns, HSCB_SNAPSHOT_... flags, totals in the order of S13.
pub(crate) type SnapshotFields = (u32, u32, u64, u64, u64, u32, u32, u64, u64, u32, [u64; 12]);

#[pymethods]
impl SegmentCore {
    /// `name` None: private to this process. An option of 0 is the core's default.
    #[new]
    fn new(
        py: Python<'_>,
        name: Option<&str>,
        capacity: u32,
        stripes: u32,
        file_mode: u32,
        existing: bool,
        read_only: bool,
    ) -> PyResult<Self> {
        let Some(name) = name else { return Ok(Self::of(Segment::private())) };
        let options = SegmentOptions::new()
            .capacity(capacity)
            .stripes(stripes)
            .file_mode(file_mode)
            .existing(existing)
            .read_only(read_only);
        // It may wait for another process that is making the file.
        let segment = py.detach(|| options.open(name)).map_err(|error| raised(py, &error))?;
        Ok(Self::of(segment))
    }

    /// Its pointer for the C ABI, valid as long as this is.
    #[getter]
    fn _handle(&self) -> usize {
        *self.lent.get_or_init(|| hscb_segment::lent(&self.segment) as usize)
    }

    fn _path(&self) -> Option<String> {
        self.segment.path().map(|path| path.to_string_lossy().into_owned())
    }

    fn _names(&self) -> Vec<String> {
        self.segment.names()
    }

    fn _limiters(&self) -> Vec<String> {
        self.segment.limiters()
    }

    fn _bulkheads(&self) -> Vec<String> {
        self.segment.bulkheads()
    }

    fn _processes(&self) -> Option<usize> {
        self.segment.processes()
    }

    fn _breaker_snapshot(&self, name: &str) -> Option<SnapshotFields> {
        self.segment.snapshot(name).as_ref().map(snapshot_fields)
    }

    /// Up to `limit` events from `cursor` on, the cursor after them, and how many were missed before the first.
    fn _read_events(&self, cursor: u64, limit: usize) -> (Vec<EventFields>, u64, u64) {
        let mut reader = self.segment.events_from(cursor);
        let events = reader.by_ref().take(limit).map(event_fields).collect();
        (events, reader.cursor(), reader.missed())
    }

    /// Whether there is an event at or after `cursor` before the time is up.
    fn _wait_events(&self, py: Python<'_>, cursor: u64, timeout_ms: u64) -> bool {
        py.detach(|| self.segment.events_from(cursor).wait(Duration::from_millis(timeout_ms)))
    }
}

impl SegmentCore {
    fn of(segment: Segment) -> Self {
        Self { segment, lent: OnceLock::new() }
    }
}

impl Drop for SegmentCore {
    fn drop(&mut self) {
        if let Some(&lent) = self.lent.get() {
            // SAFETY: it came from `hscb_segment::lent`, and nobody has it any more.
            unsafe { hscb_segment_close(lent as *mut hscb_segment) };
        }
    }
}

fn event_fields(event: Event) -> EventFields {
    let (from, to, reason) = (event.from as u32, event.to as u32, event.reason as u32);
    let (generation, pid) = (event.generation.into(), event.pid);
    (event.sequence, event.time_ns, event.breaker, from, to, reason, generation, pid, event.note)
}

pub(crate) fn snapshot_fields(shown: &Snapshot) -> SnapshotFields {
    let t = &shown.totals;
    (
        shown.mode as u32,
        shown.generation.into(),
        shown.window_calls,
        shown.window_failures,
        shown.window_slow,
        shown.probes_in_flight,
        shown.consecutive_failures,
        shown.open_remaining_ns,
        shown.changed_at_ns,
        hscb_snapshot::from(*shown).flags,
        [
            t.successes,
            t.failures,
            t.slow,
            t.ignored,
            t.late,
            t.rejected,
            t.throttled,
            t.opened,
            t.half_opened,
            t.closed,
            t.would_trip,
            t.probes_lost,
        ],
    )
}
