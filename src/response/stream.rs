//! What a stream of server-sent events has said so far.

use super::document::is_blank;
use super::events::{Event, Events};
use super::fault::Fault;
use super::message::{self, Message};
use super::verdict::End;

/// A body that is a stream.
pub(super) struct Stream {
    events: Events,
    said: Message,
    is_fresh: bool,
}

impl Stream {
    pub(super) fn new() -> Self {
        Self { events: Events::new(), said: Message::Nothing, is_fresh: true }
    }

    /// The next bytes; after the last message, or an error, they change nothing.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.is_final() {
            return;
        }
        let Self { events, said, is_fresh } = self;
        *is_fresh = *is_fresh && bytes.iter().all(|byte| is_blank(*byte));
        events.feed(bytes, |event| {
            *said = and_then(*said, event.name(), event);
            !is_final(*said)
        });
    }

    /// Bytes came that cannot be shown: they count as data.
    pub(super) fn skip(&mut self) {
        if !self.is_final() {
            self.is_fresh = false;
            self.events.skip();
            self.said = Message::Data;
        }
    }

    /// Nothing that follows changes what it has said.
    pub(super) fn is_final(&self) -> bool {
        is_final(self.said)
    }

    /// What it has said if it ends here. The event that is under way counts: many servers end their streams without the
    /// empty line that is due. Of half a line that was cut off nobody knows what it was to be: then the event's data counts
    /// if that is whole, and its name does not.
    pub(super) fn said(&self, end: End) -> Message {
        let event = self.events.unfinished();
        let has_name = end == End::Complete || self.events.is_between_lines();
        and_then(self.said, if has_name { event.name() } else { &[] }, event)
    }

    /// Nothing but blanks came so far.
    pub(super) fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// The error that it has told of.
    pub(super) fn error(&self) -> Option<Fault> {
        match self.said(End::Complete) {
            Message::Error(fault) => Some(fault),
            _ => None,
        }
    }
}

fn is_final(said: Message) -> bool {
    matches!(said, Message::Last | Message::Error(_))
}

/// What has been said with this event, under this name, too.
fn and_then(said: Message, name: &[u8], event: &Event) -> Message {
    if is_final(said) {
        return said;
    }
    match message::read(name, event.data(), event.is_whole()) {
        Message::Nothing => said,
        message => message,
    }
}
