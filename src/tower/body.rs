//! The body of a guarded response: the verdict falls where it ends.

use super::pending::Pending;
use super::ticket::{Ticket, settle, watch};
use crate::clock::{Clock, SystemClock};
use crate::response::End;
use bytes::Buf as _;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The body of a response that a [`CircuitBreaker`](super::CircuitBreaker) guards: the service's own, or the one chunk
    /// of an answer to a rejected call. A service's body gives the call's permit back as soon as the verdict is certain:
    /// at the last message of a stream or an error inside of it, or at its end; a panic is a failure, and a success that
    /// is dropped before is ignored.
    #[must_use = "a body that is dropped before its end counts as a cancelled call"]
    pub struct GuardedBody<B: Body, C: Clock = SystemClock> {
        #[pin]
        source: Source<B>,
        // `None` once it was given back.
        ticket: Option<Ticket<C>>,
        pending: Pending,
    }

    impl<B: Body, C: Clock> PinnedDrop for GuardedBody<B, C> {
        // A body may reach its end without being polled, and its reader, seeing that, never polls it.
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if this.ticket.is_some() {
                let ended = !std::thread::panicking() && this.source.is_end_stream();
                settle(this.ticket, this.pending.at(if ended { End::Complete } else { End::Abandoned }));
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
    /// A body that leads to a verdict; one that is empty, or follows a status that says enough, leads to it at once.
    pub(super) fn guarded(body: B, ticket: Ticket<C>, pending: Pending) -> Self {
        let mut ticket = Some(ticket);
        if let Some(certain) = pending.certain() {
            settle(&mut ticket, certain);
        } else if watch(&mut ticket, || body.is_end_stream()) {
            settle(&mut ticket, pending.at(End::Complete));
        }
        Self { source: Source::Service { body }, ticket, pending }
    }

    /// A body whose verdict has fallen.
    pub(super) fn settled(body: B) -> Self {
        Self { source: Source::Service { body }, ticket: None, pending: Pending::NOTHING }
    }

    /// The body of an answer to a rejected call.
    pub(super) fn answer(data: B::Data) -> Self {
        Self { source: Source::Answer { data: Some(data) }, ticket: None, pending: Pending::NOTHING }
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
        if this.ticket.is_some() {
            if let Some(Ok(Some(data))) = frame.as_ref().map(|frame| frame.as_ref().map(Frame::data_ref)) {
                this.pending.show(data);
            }
            let ended = match frame {
                Some(Err(_)) => Some(End::Cut),
                Some(Ok(_)) if !last => None,
                Some(Ok(_)) | None => Some(End::Complete),
            };
            let verdict = ended.map(|end| this.pending.at(end)).or_else(|| this.pending.certain());
            if let Some(verdict) = verdict {
                settle(this.ticket, verdict);
            }
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
        f.debug_struct("GuardedBody").field("is_recorded", &self.ticket.is_none()).finish_non_exhaustive()
    }
}
