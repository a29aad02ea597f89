//! An answer as it comes: pieces, one after the other. A call is tried again, or elsewhere, until the first piece is there,
//! and never after.

use super::answer::{Meta, Source, text_of};
use super::attempt::{Attempt, Held, Open, request_id};
use super::cost::{Entry, Usage};
use super::examine::{self, Said};
use super::failure::Failure;
use super::handle::Inner;
use super::http::Incoming;
use super::kind::Kind;
use super::lane::Ticket;
use super::live::Live;
use crate::response::{End, Events, Response};
use serde_json::Value;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    data: String,
}

impl Piece {
    /// The data of the event, as it came.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The same as JSON; `None` if it is none, as `[DONE]`.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.data).ok()
    }

    /// The text that it adds, whatever the provider's format; `None` if it adds none.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        text_of(&self.json()?)
    }
}

/// An answer as it comes. Dropped before its end, the call counts as broken off: no verdict on the service.
pub struct Stream {
    inner: Arc<Inner>,
    live: Arc<Live>,
    pulled: Pulled,
    meant: String,
    meta: Meta,
    begun: Instant,
}

/// A response that pieces are pulled from.
pub(super) struct Pulled {
    incoming: Incoming,
    judge: Response,
    events: Events,
    ready: VecDeque<Piece>,
    /// What is held for it; `None` once it has ended.
    held: Option<Held>,
    usage: Option<Usage>,
    is_stream: bool,
    whole: Vec<u8>,
    path: String,
}

/// What came of a pull.
enum Pull {
    More,
    End,
}

impl Pulled {
    /// Opens a response, and pulls until its first piece is there.
    pub(super) fn open(attempt: &Attempt<'_>, ticket: Ticket) -> Result<Self, Failure> {
        let Open { incoming, judge, held } = attempt.open(ticket)?;
        let media = incoming.header("content-type").unwrap_or_default().to_ascii_lowercase();
        let is_stream = incoming.status < 300 && media.starts_with("text/event-stream");
        let longest = usize::try_from(attempt.live.table.max_body_bytes).unwrap_or(usize::MAX);
        let mut pulled = Self {
            incoming,
            judge,
            events: Events::with_room(longest),
            ready: VecDeque::new(),
            held: Some(held),
            usage: None,
            is_stream,
            whole: Vec::new(),
            path: attempt.path.to_owned(),
        };
        while pulled.ready.is_empty() {
            if let Pull::End = pulled.pull()? {
                break;
            }
        }
        Ok(pulled)
    }

    /// Reads once.
    fn pull(&mut self) -> Result<Pull, Failure> {
        let Some(held) = &mut self.held else { return Ok(Pull::End) };
        let mut buffer = [0; 16 << 10];
        match self.incoming.read(&mut buffer) {
            Ok(0) => self.end(End::Complete),
            Ok(n) => {
                held.first_byte.get_or_insert_with(|| held.begun.elapsed());
                self.take(&buffer[..n]);
                // What the last message said stands, whether or not the connection is closed after it.
                if self.is_stream && self.judge.is_final() { self.end(End::Complete) } else { Ok(Pull::More) }
            }
            Err(broken) if broken.kind == Kind::Connection => self.end(End::Cut),
            Err(broken) => match self.held.take() {
                Some(held) => Err(held.broken(broken)),
                None => Ok(Pull::End),
            },
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.judge.body(bytes);
        if !self.is_stream {
            self.whole.extend_from_slice(bytes);
            return;
        }
        let Self { events, ready, usage, .. } = self;
        events.feed(bytes, |event| {
            if event.has_data() && event.is_whole() {
                note(ready, usage, event.data());
            }
            true
        });
    }

    /// The body has ended: what it was is told, and what was held for it given back.
    fn end(&mut self, end: End) -> Result<Pull, Failure> {
        let Some(held) = self.held.take() else { return Ok(Pull::End) };
        if self.is_stream && self.events.unfinished().has_data() && end == End::Complete {
            let Self { events, ready, usage, .. } = self;
            note(ready, usage, events.unfinished().data());
        }
        let verdict = self.judge.end(end);
        let said = if self.is_stream {
            self.ready.back().map(|piece| Said::of(piece.data.as_bytes())).unwrap_or_default()
        } else {
            Said::of(&self.whole)
        };
        if let Some(kind) = examine::kind_of(verdict, self.incoming.status, &said) {
            let kind = if kind == Kind::Connection { Kind::BadResponse } else { kind };
            let cut = Said { message: Some("the body was cut off".to_owned()), ..Said::default() };
            let said = if end == End::Cut { cut } else { said };
            return Err(held.failed(kind, Some(verdict), &self.incoming, said));
        }
        if !self.is_stream {
            match examine::flaw(&self.path, &self.whole) {
                Ok(_) => note(&mut self.ready, &mut self.usage, &std::mem::take(&mut self.whole)),
                Err(flaw) => {
                    let said = Said { message: Some(flaw), ..Said::default() };
                    return Err(held.failed(Kind::BadResponse, None, &self.incoming, said));
                }
            }
        }
        held.answered(self.usage);
        Ok(Pull::End)
    }

    /// A piece that is ready, or the next; `None` at the end.
    fn next(&mut self) -> Option<Result<Piece, Failure>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(Ok(piece));
            }
            match self.pull() {
                Err(failure) => {
                    // Of an event that tells of an error the user hears as a failure, and not as a piece.
                    self.ready.clear();
                    return Some(Err(failure));
                }
                Ok(Pull::More) => {}
                Ok(Pull::End) if self.ready.is_empty() => return None,
                Ok(Pull::End) => {}
            }
        }
    }
}

fn note(ready: &mut VecDeque<Piece>, usage: &mut Option<Usage>, data: &[u8]) {
    let data = String::from_utf8_lossy(data).into_owned();
    // Few pieces have it, and all others need not be read for it.
    if data.contains("sage") {
        let said = serde_json::from_str(&data).ok().and_then(|json| Usage::of(&json));
        *usage = match (*usage, said) {
            (Some(known), Some(said)) => Some(known.most(said)),
            (known, said) => said.or(known),
        };
    }
    ready.push_back(Piece { data });
}

impl Stream {
    pub(super) fn new(
        inner: &Arc<Inner>,
        live: &Arc<Live>,
        pulled: Pulled,
        meant: &str,
        attempts: u32,
        begun: Instant,
        candidate: &super::live::Candidate,
    ) -> Self {
        let meta = Meta {
            source: Source::Service,
            route: candidate.route.spec.name().to_owned(),
            account: candidate.route.spec.account.clone(),
            model: candidate.upstream.to_string(),
            fallback_used: *candidate.model != *meant,
            attempts,
            latency: begun.elapsed(),
            first_byte: pulled.held.as_ref().and_then(|held| held.first_byte).unwrap_or_default(),
            usage: pulled.usage,
            usd: None,
            request_id: request_id(&pulled.incoming),
        };
        let (inner, live, meant) = (Arc::clone(inner), Arc::clone(live), meant.to_owned());
        Self { inner, live, pulled, meant, meta, begun }
    }

    /// What became of the call so far: tokens and cost are known at the end.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// All pieces that are still to come, as text.
    ///
    /// # Errors
    /// The failure that ends the stream.
    pub fn text(self) -> Result<String, Failure> {
        let mut text = String::new();
        for piece in self {
            text.extend(piece?.text());
        }
        Ok(text)
    }

    /// The user broke off: no verdict on the service.
    #[cfg(feature = "ffi")]
    pub(crate) fn break_off(self) -> Failure {
        let failure = Failure::new(Kind::Cancelled, "the caller broke off");
        Failure { attempts: self.meta.attempts, route: Some(self.meta.route.as_str().into()), ..failure }
    }

    /// Books the call once it has ended.
    fn settle(&mut self) {
        self.meta.latency = self.begun.elapsed();
        self.meta.usage = self.pulled.usage;
        let Meta { route, model, usage, .. } = &self.meta;
        let entry = Entry { route, model, meant: &self.meant, usage: usage.unwrap_or_default() };
        self.meta.usd = self.inner.ledger.book(&entry, &self.live.table.prices);
    }
}

impl Iterator for Stream {
    type Item = Result<Piece, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let was_out = self.pulled.held.is_some();
        let next = self.pulled.next();
        if was_out && self.pulled.held.is_none() && !matches!(next, Some(Err(_))) {
            self.settle();
        }
        next.map(|piece| piece.map_err(|failure| Failure { attempts: self.meta.attempts, ..failure }))
    }
}

impl Drop for Pulled {
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            held.abandoned();
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("meta", &self.meta).finish_non_exhaustive()
    }
}
