//! Reading events: each reader keeps its own place and is told what it missed.

use super::handle::{Home, Segment};
use crate::journal::{Event, Found};
use crossbeam_utils::Backoff;
use std::time::{Duration, Instant};

/// Reads a segment's events, oldest first, at its own pace; any number may, in any process.
///
/// ```
/// use holysheep_cb::{Breaker, Mode, Segment};
/// use std::time::Duration;
///
/// let segment = Segment::private();
/// let mut events = segment.events();
/// let breaker = Breaker::builder().segment(&segment).open("relay")?;
/// breaker.trip();
/// assert!(events.wait(Duration::from_secs(1)));
/// let event = events.next().unwrap();
/// assert_eq!((event.breaker.as_str(), event.to), ("relay", Mode::Open));
/// # Ok::<(), holysheep_cb::Error>(())
/// ```
pub struct EventReader {
    segment: Segment,
    /// The memory that `cursor` counts in; `None` before the first look.
    home: Option<Home>,
    cursor: u64,
    missed: u64,
}

impl EventReader {
    /// `cursor` is the number of the next event: 0 = the oldest kept, `u64::MAX` = the next that happens.
    pub(super) fn new(segment: Segment, cursor: u64) -> Self {
        let mut reader = Self { segment, home: None, cursor, missed: 0 };
        reader.look();
        reader
    }

    /// How many events were overwritten or torn before this reader came to them.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// The number of the next event.
    #[must_use]
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Waits until there is a next event; false if the time is up before.
    #[must_use]
    pub fn wait(&mut self, timeout: Duration) -> bool {
        let begun = Instant::now();
        loop {
            let left = timeout.saturating_sub(begun.elapsed());
            let home = self.look();
            let (events, cursor) = (home.events(), self.cursor);
            // In turns, so that a file that was replaced is noticed.
            if super::wake::wait_until(events.wake_word(), left.min(TURN), || peek(events, cursor).is_some())
            {
                return true;
            }
            if left <= TURN {
                return false;
            }
        }
    }

    /// The memory that the events are in now. If the segment's file was replaced, its events begin anew.
    fn look(&mut self) -> Home {
        let home = self.segment.home().clone();
        let events = home.events();
        match self.home.replace(home.clone()) {
            None => self.cursor = start(events, self.cursor),
            Some(known) if !std::ptr::eq(known.events(), events) => self.cursor = start(events, 0),
            Some(_) => {}
        }
        home
    }
}

/// The longest that a reader waits without looking whether its segment is still the same.
const TURN: Duration = Duration::from_secs(1);

impl Iterator for EventReader {
    type Item = Event;

    /// The next event, `None` if there is none yet; later calls may find some again.
    fn next(&mut self) -> Option<Event> {
        let home = self.look();
        let event = peek(home.events(), self.cursor)?;
        self.missed = self.missed.saturating_add(event.sequence - self.cursor);
        self.cursor = event.sequence.saturating_add(1);
        Some(event)
    }
}

impl std::fmt::Debug for EventReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventReader")
            .field("cursor", &self.cursor)
            .field("missed", &self.missed)
            .finish_non_exhaustive()
    }
}

/// A cursor's two special values as numbers. One beyond what there can be is of a file that was replaced.
fn start(events: &crate::layout::Events, cursor: u64) -> u64 {
    let kept = events.kept();
    let next = kept.end().saturating_add(1);
    match cursor {
        0 => *kept.start(),
        u64::MAX => next,
        _ if cursor > next => *kept.start(),
        _ => cursor,
    }
}

/// The first event at or after `cursor`, past those that are lost. One that is just being written is waited for a
/// moment if later ones are there already, for its writer was probably stopped or killed.
fn peek(events: &crate::layout::Events, cursor: u64) -> Option<Event> {
    let kept = events.kept();
    let mut pending = Vec::new();
    for sequence in cursor.max(*kept.start())..=*kept.end() {
        match events.find(sequence) {
            Found::Event(event) if pending.is_empty() => return Some(event),
            Found::Event(event) => return Some(first_to_come(events, &pending).unwrap_or(event)),
            Found::Pending => pending.push(sequence),
            Found::Missed => {}
        }
    }
    None
}

/// The first of `pending` that its writer finishes within a moment (some tens of microseconds).
fn first_to_come(events: &crate::layout::Events, pending: &[u64]) -> Option<Event> {
    let backoff = Backoff::new();
    loop {
        for &sequence in pending {
            if let Found::Event(event) = events.find(sequence) {
                return Some(event);
            }
        }
        if backoff.is_completed() {
            return None;
        }
        backoff.snooze();
    }
}
