//! What a stream of server-sent events has said so far.

use super::events::{Event, Events};
use super::fault::Fault;
use super::message::{self, Message};

/// A body that is a stream.
pub(super) struct Stream {
    events: Events,
    said: Message,
}

impl Stream {
    pub(super) fn new() -> Self {
        Self { events: Events::new(), said: Message::Nothing }
    }

    /// The next bytes; after the last message, or an error, they change nothing.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.is_final() {
            return;
        }
        let Self { events, said } = self;
        events.feed(bytes, |event| {
            *said = and_then(*said, event);
            !is_final(*said)
        });
    }

    /// Bytes came that cannot be shown: they count as data.
    pub(super) fn skip(&mut self) {
        if !self.is_final() {
            self.events.skip();
            self.said = Message::Data;
        }
    }

    /// Nothing that follows changes what it has said.
    pub(super) fn is_final(&self) -> bool {
        is_final(self.said)
    }

    /// What it has said if it ends here. The event that is under way counts: many servers end their streams without the
    /// empty line that is due.
    pub(super) fn said(&self) -> Message {
        and_then(self.said, self.events.unfinished())
    }

    /// The error that it has told of.
    pub(super) fn error(&self) -> Option<Fault> {
        match self.said() {
            Message::Error(fault) => Some(fault),
            _ => None,
        }
    }
}

fn is_final(said: Message) -> bool {
    matches!(said, Message::Last | Message::Error(_))
}

/// What has been said with this event, too.
fn and_then(said: Message, event: &Event) -> Message {
    if is_final(said) {
        return said;
    }
    match message::read(event.name(), event.data(), event.is_whole()) {
        Message::Nothing => said,
        message => message,
    }
}
