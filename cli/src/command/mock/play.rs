//! Bodies that are sent step by step, and may hang or break off.

use super::fault::Release;
use super::stage::Stage;
use super::tally::Ticket;
use super::wire::Reset;
use axum::body::{Body, Bytes};
use futures_util::stream;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;

/// One step of a body.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Let time pass.
    Wait(Duration),
    /// Send some bytes.
    Send(Bytes),
    /// Count the request as answered; comes before the last bytes, so that a client that has read them all
    /// finds itself counted.
    Answered,
    /// Send nothing more, until what is said.
    Hang(Release),
    /// Close the connection; `true` with RST.
    Cut(bool),
}

/// A body in the middle of being sent.
#[derive(Debug)]
pub(super) struct Play {
    /// What is still to do.
    pub(super) steps: VecDeque<Step>,
    /// The request's place in the counters.
    pub(super) ticket: Ticket,
    /// To learn when the phase ends.
    pub(super) stage: Stage,
    /// The phase in which the request came.
    pub(super) epoch: u64,
    /// The connection's close.
    pub(super) reset: Reset,
    /// The status that the answer began with.
    pub(super) status: u16,
}

impl Play {
    /// The body that plays the steps.
    pub(super) fn body(self) -> Body {
        Body::from_stream(stream::unfold(self, |mut play| async move {
            let item = play.next().await?;
            Some((item, play))
        }))
    }

    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            match self.steps.pop_front()? {
                Step::Wait(time) if time.is_zero() => {}
                Step::Wait(time) => tokio::time::sleep(time).await,
                Step::Send(bytes) if bytes.is_empty() => {}
                Step::Send(bytes) => return Some(Ok(bytes)),
                Step::Answered => self.ticket.answered(self.status),
                Step::Hang(release) => {
                    self.ticket.hang();
                    if !self.stage.hang(self.epoch, release).await {
                        return Some(Err(self.cut(false)));
                    }
                }
                Step::Cut(reset) => {
                    // hyper writes out what it has when the body has nothing ready, and not when it fails.
                    tokio::task::yield_now().await;
                    return Some(Err(self.cut(reset)));
                }
            }
        }
    }

    fn cut(&mut self, reset: bool) -> io::Error {
        self.steps.clear();
        self.ticket.cut();
        if reset {
            self.reset.set();
        }
        io::Error::other("cut")
    }
}
