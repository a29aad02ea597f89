//! The body of a guarded response: the verdict falls where it ends.

use super::ticket::{Ticket, settle, watch};
use crate::clock::{Clock, SystemClock};
use crate::outcome::Classification;
use bytes::Buf as _;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The body of a response that a [`CircuitBreaker`](super::CircuitBreaker) guards: the service's own, or the one chunk
    /// of an answer to a rejected call. A service's body gives the call's permit back: at its end what the classifier
    /// said, at an error or a panic a failure, and nothing but "ignored" if it is dropped before.
    #[must_use = "a body that is dropped before its end counts as a cancelled call"]
    pub struct GuardedBody<B: Body, C: Clock = SystemClock> {
        #[pin]
        source: Source<B>,
        ticket: Option<Ticket<C>>,
        at_end: Classification,
    }

    impl<B: Body, C: Clock> PinnedDrop for GuardedBody<B, C> {
        // A body may reach its end without being polled, and its reader, seeing that, never polls it.
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if this.ticket.is_some() && !std::thread::panicking() && this.source.is_end_stream() {
                settle(this.ticket, *this.at_end);
            }
        }
    }
}

pin_project! {
    #[project = SourceProjection]
    enum Source<B: Body> {
        Service { #[pin] body: B },
        Answer { data: Option<B::Data> },
    }
}

impl<B: Body, C: Clock> GuardedBody<B, C> {
    /// A body that leads to a verdict; one that is empty leads to it at once.
    pub(super) fn guarded(body: B, ticket: Ticket<C>, at_end: Classification) -> Self {
        let mut ticket = Some(ticket);
        if watch(&mut ticket, || body.is_end_stream()) {
            settle(&mut ticket, at_end);
        }
        Self { source: Source::Service { body }, ticket, at_end }
    }

    /// A body whose verdict has fallen.
    pub(super) fn settled(body: B) -> Self {
        Self { source: Source::Service { body }, ticket: None, at_end: Classification::Ignored }
    }

    /// The body of an answer to a rejected call.
    pub(super) fn answer(data: B::Data) -> Self {
        Self { source: Source::Answer { data: Some(data) }, ticket: None, at_end: Classification::Ignored }
    }
}

impl<B: Body, C: Clock> Body for GuardedBody<B, C> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let (frame, last) = ready!(watch(this.ticket, || {
            let frame = ready!(this.source.as_mut().poll_frame(cx));
            // Who counts bytes does not ask for a frame after the last.
            let last = matches!(frame, Some(Ok(_))) && this.source.is_end_stream();
            Poll::Ready((frame, last))
        }));
        match frame {
            Some(Err(_)) => settle(this.ticket, Classification::Failure),
            None => settle(this.ticket, *this.at_end),
            Some(Ok(_)) if last => settle(this.ticket, *this.at_end),
            Some(Ok(_)) => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.source.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.source.size_hint()
    }
}

impl<B: Body> Body for Source<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        match self.project() {
            SourceProjection::Service { body } => body.poll_frame(cx),
            SourceProjection::Answer { data } => {
                let data = data.take().filter(|data| data.has_remaining());
                Poll::Ready(data.map(|data| Ok(Frame::data(data))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Service { body } => body.is_end_stream(),
            Self::Answer { data } => data.as_ref().is_none_or(|data| !data.has_remaining()),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Service { body } => body.size_hint(),
            Self::Answer { data } => {
                SizeHint::with_exact(data.as_ref().map_or(0, |data| data.remaining() as u64))
            }
        }
    }
}

impl<B: Body, C: Clock> fmt::Debug for GuardedBody<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = self.ticket.as_ref().map(|_| self.at_end);
        f.debug_struct("GuardedBody").field("at_end", &verdict).finish_non_exhaustive()
    }
}
