//! Answers without an end.

use super::agent::{Agent, beside};
use super::frame::{self, BEAT};
use super::problem::Problem;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};

/// After so long without a word there is one, so that nobody takes the stream for dead.
const SILENCE: Duration = Duration::from_secs(15);

/// What one reader is sent.
#[derive(Debug)]
struct Stream {
    /// What it begins with.
    first: VecDeque<Bytes>,
    transitions: Option<broadcast::Receiver<Bytes>>,
    looks: Option<broadcast::Receiver<Bytes>>,
    closing: watch::Receiver<()>,
    _place: OwnedSemaphorePermit,
}

impl Stream {
    /// The next piece. A reader that is too far behind is told how many transitions it missed; of looks it must miss none,
    /// as each says what has changed since the one before, so it is cut off, and begins anew.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        tokio::select! {
            piece = next_of(&mut self.transitions) => match piece {
                Err(RecvError::Lagged(count)) => Some(frame::of_missed(count)),
                piece => piece.ok(),
            },
            piece = next_of(&mut self.looks) => piece.ok(),
            () = tokio::time::sleep(SILENCE) => Some(BEAT),
            _ = self.closing.changed() => None,
        }
    }

    fn answer(self) -> Response {
        let pieces = futures_util::stream::unfold(self, async |mut stream| {
            let piece = stream.next().await?;
            Some((Ok::<_, std::convert::Infallible>(piece), stream))
        });
        let mut answer = Response::new(Body::from_stream(pieces));
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        answer
    }
}

/// The next piece of these. Where they are not told, there is none ever.
async fn next_of(pieces: &mut Option<broadcast::Receiver<Bytes>>) -> Result<Bytes, RecvError> {
    match pieces {
        Some(pieces) => pieces.recv().await,
        None => pending().await,
    }
}

/// `GET /events`: transitions.
pub(super) async fn events(State(agent): State<Arc<Agent>>) -> Result<Response, Problem> {
    let stream = Stream {
        _place: agent.place()?,
        first: [BEAT].into(),
        transitions: Some(agent.transitions.subscribe()),
        looks: None,
        closing: agent.closing.clone(),
    };
    Ok(stream.answer())
}

/// `GET /api/live`: breakers and transitions.
pub(super) async fn live(State(agent): State<Arc<Agent>>) -> Result<Response, Problem> {
    let place = agent.place()?;
    let closing = agent.closing.clone();
    let transitions = Some(agent.transitions.subscribe());
    let (hello, (all, looks)) = beside(agent, |agent| Ok((agent.about()?, agent.sampler.join()?))).await?;
    let hello = frame::of_json("hello", hello.to_string().as_bytes());
    Ok(Stream { first: [hello, all].into(), transitions, looks: Some(looks), closing, _place: place }
        .answer())
}

/// `GET /hystrix.stream`: breakers, as Hystrix has them.
pub(super) async fn hystrix(State(agent): State<Arc<Agent>>) -> Result<Response, Problem> {
    let place = agent.place()?;
    let closing = agent.closing.clone();
    let (all, looks) = beside(agent, |agent| agent.sampler.join_hystrix()).await?;
    Ok(Stream { first: [all].into(), transitions: None, looks: Some(looks), closing, _place: place }.answer())
}
