//! An answer as it comes: pieces, one after the other. A call is tried again, or elsewhere, until the first piece is there,
//! and never after.

use super::answer::{Meta, Source, text_of};
use super::attempt::{Attempt, Held, Open, request_id};
use super::cost::{Entry, Usage};
use super::examine::{self, Asked, Said, Sense, Shape};
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
use std::time::{Duration, Instant};

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
    /// The model by its name in the table, and the one that was asked for.
    model: Arc<str>,
    meant: String,
    meta: Meta,
    begun: Instant,
    is_booked: bool,
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
    first_byte: Duration,
    sense: Sense,
    /// What is wrong with it, as far as that is known before its end: an event that tells of an error, or is none.
    wrong: Option<Said>,
    /// The failure that ends it, once the pieces before it were handed out.
    failure: Option<Failure>,
    is_stream: bool,
    /// Its format is known, so that it can be told whether it is whole.
    is_known: bool,
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
        let Open { incoming, held } = attempt.open(ticket)?;
        let judge = incoming.judge();
        let media = incoming.header("content-type").unwrap_or_default().to_ascii_lowercase();
        let is_stream = incoming.status < 300 && media.starts_with("text/event-stream");
        let longest = usize::try_from(attempt.live.table.max_body_bytes).unwrap_or(usize::MAX);
        let asked = Asked { path: attempt.path, is_post: attempt.body.is_some() };
        let mut pulled = Self {
            incoming,
            judge,
            events: Events::with_room(longest),
            ready: VecDeque::new(),
            held: Some(held),
            usage: None,
            first_byte: Duration::ZERO,
            sense: Sense::default(),
            wrong: None,
            failure: None,
            is_stream,
            is_known: matches!(asked.shape(), Shape::Choices | Shape::List("content")),
            whole: Vec::new(),
            path: attempt.path.to_owned(),
        };
        // Until it says something: what ends before that is no answer, and may be had elsewhere.
        while !pulled.has_begun() {
            if let Pull::End = pulled.pull()? {
                break;
            }
        }
        Ok(pulled)
    }

    fn has_begun(&self) -> bool {
        if self.is_known { self.sense.spoke } else { !self.ready.is_empty() }
    }

    /// Reads once.
    fn pull(&mut self) -> Result<Pull, Failure> {
        let Some(held) = &mut self.held else { return Ok(Pull::End) };
        let mut buffer = [0; 16 << 10];
        match self.incoming.read(&mut buffer) {
            Ok(0) => self.end(End::Complete),
            Ok(n) => {
                self.first_byte = *held.first_byte.get_or_insert_with(|| held.begun.elapsed());
                self.take(&buffer[..n]);
                // What the last message said stands, whether or not the connection is closed after it.
                let is_over = self.is_stream && self.judge.is_final() || self.wrong.is_some();
                if is_over { self.end(End::Complete) } else { Ok(Pull::More) }
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
        let Self { events, ready, usage, sense, wrong, is_known, .. } = self;
        events.feed(bytes, |event| {
            if event.has_data() && event.is_whole() {
                let data = String::from_utf8_lossy(event.data()).into_owned();
                *wrong = note(data, sense, *is_known, usage, ready).err();
            }
            wrong.is_none()
        });
    }

    /// The body has ended: what it was is told, and what was held for it given back.
    fn end(&mut self, end: End) -> Result<Pull, Failure> {
        let Some(held) = self.held.take() else { return Ok(Pull::End) };
        let Self { events, ready, usage, sense, wrong, is_known, .. } = self;
        // Many servers end their streams without the empty line that is due.
        if self.is_stream && end == End::Complete && wrong.is_none() && events.unfinished().has_data() {
            let data = String::from_utf8_lossy(events.unfinished().data()).into_owned();
            *wrong = note(data, sense, *is_known, usage, ready).err();
        }
        let verdict = self.judge.end(end);
        let told = if self.is_stream { self.wrong.take() } else { Some(Said::of(&self.whole)) };
        let of = |text: &str| Said { message: Some(text.to_owned()), ..Said::default() };
        if let Some(kind) =
            examine::kind_of(verdict, self.incoming.status, told.as_ref().unwrap_or(&Said::default()))
        {
            let said = if end == End::Cut { of("the body was cut off") } else { told.unwrap_or_default() };
            let kind = if kind == Kind::Connection { Kind::BadResponse } else { kind };
            return Err(held.failed(kind, Some(verdict), &self.incoming, said));
        }
        let flaw = if self.is_stream {
            told.or_else(|| self.sense.flaw().filter(|_| self.is_known).map(of))
        } else {
            self.document().err().map(|flaw| of(&flaw))
        };
        match flaw {
            Some(said) => Err(held.failed(Kind::BadResponse, None, &self.incoming, said)),
            None => {
                if self.is_stream {
                    self.incoming.finish();
                }
                held.answered(self.usage, self.first_byte);
                Ok(Pull::End)
            }
        }
    }

    /// An answer that is no stream, though one was asked for: a single piece.
    fn document(&mut self) -> Result<(), String> {
        let asked = Asked { path: &self.path, is_post: true };
        let media = || self.incoming.header("content-type");
        let json = examine::flaw(&asked, media, &self.whole, serde_json::from_slice(&self.whole))?;
        self.usage = Usage::of(&json);
        let data = String::from_utf8_lossy(&std::mem::take(&mut self.whole)).into_owned();
        self.ready.push_back(Piece { data });
        Ok(())
    }

    /// A piece that is ready, or the next; `None` at the end. A failure comes after the pieces that came before it.
    fn next(&mut self) -> Option<Result<Piece, Failure>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(Ok(piece));
            }
            if let Some(failure) = self.failure.take() {
                return Some(Err(failure));
            }
            match self.pull() {
                Err(failure) => self.failure = Some(failure),
                Ok(Pull::More) => {}
                Ok(Pull::End) if self.ready.is_empty() => return None,
                Ok(Pull::End) => {}
            }
        }
    }
}

/// Takes an event as a piece; what it says where it tells of an error, or is none.
fn note(
    data: String,
    sense: &mut Sense,
    is_known: bool,
    usage: &mut Option<Usage>,
    ready: &mut VecDeque<Piece>,
) -> Result<(), Said> {
    match sense.note(&data) {
        Err(flaw) if is_known => return Err(Said { message: Some(flaw), ..Said::default() }),
        Ok(Some(json)) if examine::tells_of_an_error(&json) => return Err(Said::of(data.as_bytes())),
        Ok(Some(json)) => {
            *usage = match (*usage, Usage::of(&json)) {
                (Some(known), Some(said)) => Some(known.most(said)),
                (known, said) => said.or(known),
            };
        }
        Ok(None) | Err(_) => {}
    }
    ready.push_back(Piece { data });
    Ok(())
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
            first_byte: pulled.first_byte,
            usage: pulled.usage,
            usd: None,
            request_id: request_id(&pulled.incoming),
        };
        let (inner, live, meant) = (Arc::clone(inner), Arc::clone(live), meant.to_owned());
        let model = Arc::clone(&candidate.model);
        let mut stream = Self { inner, live, pulled, model, meant, meta, begun, is_booked: false };
        stream.book();
        stream
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

    /// Books the call once it has ended well.
    fn book(&mut self) {
        let has_ended = self.pulled.held.is_none() && self.pulled.failure.is_none();
        if self.is_booked || !has_ended {
            return;
        }
        self.is_booked = true;
        self.meta.latency = self.begun.elapsed();
        self.meta.usage = self.pulled.usage;
        let Meta { route, usage, .. } = &self.meta;
        let entry = Entry { route, model: &self.model, meant: &self.meant, usage: *usage };
        self.meta.usd = self.inner.ledger.book(&entry, &self.live.table.prices);
    }
}

impl Iterator for Stream {
    type Item = Result<Piece, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.pulled.next();
        if matches!(next, Some(Err(_))) {
            self.is_booked = true; // there is nothing to book
        }
        self.book();
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
