//! [`Response`]: a response while it comes in.

use super::cause::Cause;
use super::document::{Document, is_blank};
use super::message::Message;
use super::stream::Stream;
use super::verdict::{End, Verdict};
use super::wait::Waits;
use crate::outcome::Outcome;
use std::fmt;

/// One response that is being judged: made of its status, fed its headers and then its body as it comes, and asked at its
/// end. It keeps at most 64 KiB of a body, and reads no clock but where it is made without a time.
pub struct Response {
    /// What the status says.
    says: Cause,
    waits: Waits,
    body: Body,
}

/// How the body is read.
enum Body {
    /// Not at all: nothing in it matters.
    Unread,
    Document(Document),
    Stream(Stream),
}

/// What kind of body the headers announce.
enum Media {
    Json,
    Events,
    Other,
}

impl Response {
    /// A response with this status. `unix_ms`: the host's wall clock in ms, for waiting times that are dates; `None`
    /// reads it.
    #[must_use]
    pub fn new(status: u16, unix_ms: Option<u64>) -> Self {
        let says = Cause::of_status(status);
        let body = match status {
            200..300 if !matches!(status, 204 | 205) => Body::Document(Document::new()),
            400..500 | 503 | 529 if says != Cause::Timeout => Body::Document(Document::new()),
            _ => Body::Unread,
        };
        Self { says, waits: Waits::new(unix_ms, says == Cause::RateLimited), body }
    }

    /// A header, in any case; those that say nothing here are ignored. Before the body.
    pub fn header(&mut self, name: &[u8], value: &[u8]) {
        if name.eq_ignore_ascii_case(b"content-type") {
            self.announce(&Media::of(value));
        } else {
            self.waits.header(name, value);
        }
    }

    fn announce(&mut self, media: &Media) {
        if matches!(self.body, Body::Unread) {
            return;
        }
        match media {
            Media::Events => self.body = Body::Stream(Stream::new()),
            // A file that was asked for may well contain errors; an error's body is often declared as anything.
            Media::Other if self.says == Cause::Ok => self.body = Body::Unread,
            Media::Json | Media::Other => {}
        }
    }

    /// The next bytes of the body, without any content encoding, cut anywhere. `true` once the verdict is final: the end
    /// of a stream was announced, an error was seen, or nothing in the body matters.
    pub fn body(&mut self, bytes: &[u8]) -> bool {
        match &mut self.body {
            Body::Unread => {}
            Body::Document(document) => document.feed(bytes),
            // No line of a stream begins so: an answer in JSON under the wrong name, as of relays that announce a stream
            // before they have asked.
            Body::Stream(stream) if stream.is_fresh() && begins_json(bytes) => {
                let mut document = Document::new();
                document.feed(bytes);
                self.body = Body::Document(document);
            }
            Body::Stream(stream) => stream.feed(bytes),
        }
        self.is_final()
    }

    /// Bytes of the body came that cannot be shown, such as those of a content encoding: they count as data, and a JSON
    /// text that they belong to is not read.
    pub fn skip(&mut self) -> bool {
        match &mut self.body {
            Body::Unread => {}
            Body::Document(document) => document.give_up(),
            Body::Stream(stream) => stream.skip(),
        }
        self.is_final()
    }

    /// Whether [`Verdict::classification`] is certain, whatever follows: it may be before the cause is, for of most 4xx
    /// the body can say no more than which fault of the caller it is.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.is_final() || self.says.outcome() == Outcome::Ignored
    }

    /// Whether the verdict is final, whatever follows.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match &self.body {
            // Whether it is whole is not known before its end.
            Body::Unread | Body::Document(_) if self.says == Cause::Ok => false,
            // The headers go before the body, where they say how long to wait.
            _ if self.says == Cause::Overloaded && self.waits.by_retry_after().is_some() => true,
            Body::Unread => true,
            Body::Document(document) => document.is_final(),
            Body::Stream(stream) => stream.is_final(),
        }
    }

    /// The verdict, if the response ends here and like this.
    #[must_use]
    pub fn end(&self, end: End) -> Verdict {
        match self.says {
            Cause::Ok => self.of_body(end),
            says => self.of_status(says),
        }
    }

    /// The verdict on a 2xx or 3xx.
    fn of_body(&self, end: End) -> Verdict {
        let said = match &self.body {
            Body::Stream(stream) => stream.said(end),
            Body::Document(document) if end == End::Complete => {
                document.error().map_or(Message::Last, Message::Error)
            }
            Body::Document(_) | Body::Unread => Message::Data,
        };
        match (said, end) {
            (Message::Error(fault), _) => Verdict::new(fault.cause(), fault.retry_after),
            (Message::Last, _) | (Message::Data, End::Complete) => Verdict::new(Cause::Ok, None),
            (Message::Nothing, End::Complete) => Verdict::new(Cause::Empty, None),
            (_, End::Cut) => Verdict::new(Cause::Cut, None),
            (_, End::Stalled) => Verdict::new(Cause::Timeout, None),
            (_, End::Abandoned) => Verdict::new(Cause::Abandoned, None),
        }
    }

    /// The verdict on an error status: it stands with the headers, and what came of the body may refine it.
    fn of_status(&self, says: Cause) -> Verdict {
        let fault = match &self.body {
            Body::Unread => None,
            Body::Document(document) => document.refinement(),
            Body::Stream(stream) => stream.error(),
        };
        let fault = fault.unwrap_or_default();
        if fault.named == Some(Cause::Quota) && says != Cause::Overloaded {
            return Verdict::new(Cause::Quota, None);
        }
        Verdict::new(says, self.waits.asked(fault.retry_after))
    }
}

/// Whether the first of these bytes that is no blank begins a JSON object or array.
fn begins_json(bytes: &[u8]) -> bool {
    matches!(bytes.iter().find(|byte| !is_blank(**byte)), Some(b'{' | b'['))
}

impl Media {
    /// Of a `content-type`.
    fn of(value: &[u8]) -> Self {
        let end = value.iter().position(|byte| *byte == b';').unwrap_or(value.len());
        let media = value[..end].trim_ascii().to_ascii_lowercase();
        if media == b"text/event-stream" {
            Self::Events
        } else if media == b"application/json" || media.ends_with(b"+json") {
            Self::Json
        } else {
            Self::Other
        }
    }
}

impl fmt::Debug for Response {
    /// Without headers and body, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status_says", &self.says)
            .field("is_final", &self.is_final())
            .finish_non_exhaustive()
    }
}
