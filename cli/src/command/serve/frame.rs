//! Pieces of a stream (`text/event-stream`). Each is made once, and shared by all who hear of it.

use super::fleet::Event;
use crate::command::event;
use crate::fleet;
use crate::watch::Told;
use axum::body::Bytes;
use serde::Serialize;

/// What keeps a stream alive while there is nothing to say.
pub(super) const BEAT: Bytes = Bytes::from_static(b":\n\n");
/// No piece: the stream ends.
pub(super) const END: Bytes = Bytes::new();

/// An event of this name; JSON has no raw line breaks.
pub(super) fn of_json(name: &str, json: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(json.len() + name.len() + 18);
    frame.extend_from_slice(b"event: ");
    frame.extend_from_slice(name.as_bytes());
    frame.extend_from_slice(b"\ndata: ");
    frame.extend_from_slice(json);
    frame.extend_from_slice(b"\n\n");
    frame.into()
}

/// A transition.
pub(super) fn of_transition(told: Told) -> Bytes {
    let id = format!("{}:{}", told.segment, told.event.sequence);
    let json = serde_json::to_string(&event::Shape::new(told)).unwrap_or_default();
    format!("event: transition\nid: {id}\ndata: {json}\n\n").into()
}

/// The fleet's server is away, or back.
pub(super) fn of_fleet(told: fleet::Told) -> Bytes {
    of_json("fleet", &text(&Event::new(told)))
}

/// So many transitions were not told to a reader who was too slow.
pub(super) fn of_missed(count: u64) -> Bytes {
    format!("event: missed\ndata: {{\"missed\": {count}}}\n\n").into()
}

/// Values as an array in JSON. None of them is held longer than it takes to write it.
pub(super) fn array(values: impl Iterator<Item = impl Serialize>) -> Vec<u8> {
    let mut list = List::default();
    values.for_each(|value| list.push(&text(&value)));
    list.end().unwrap_or_else(|| b"[]".to_vec())
}

/// A value in JSON.
pub(super) fn text(value: &impl Serialize) -> Vec<u8> {
    // Nothing of ours refuses to be written: its keys are words, and its numbers finite or null.
    serde_json::to_vec(value).unwrap_or_default()
}

/// An array in the making.
#[derive(Debug, Default)]
pub(super) struct List(Vec<u8>);

impl List {
    /// One more, in JSON.
    pub(super) fn push(&mut self, text: &[u8]) {
        self.0.push(if self.0.is_empty() { b'[' } else { b',' });
        self.0.extend_from_slice(text);
    }

    /// The array, unless it is empty.
    pub(super) fn end(mut self) -> Option<Vec<u8>> {
        if self.0.is_empty() {
            return None;
        }
        self.0.push(b']');
        Some(self.0)
    }
}
