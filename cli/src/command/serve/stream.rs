//! Answers without an end.

use super::agent::{Agent, beside};
use super::frame::{self, BEAT, END};
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
use tokio::time::Interval;

/// So often there is a word, so that nobody takes the stream for dead.
const BEATS: Duration = Duration::from_secs(5);

/// What one reader is sent.
#[derive(Debug)]
struct Stream {
    /// What it begins with.
    first: VecDeque<Bytes>,
    transitions: Option<broadcast::Receiver<Bytes>>,
    looks: Option<broadcast::Receiver<Bytes>>,
    beats: Interval,
    agent: Arc<Agent>,
    closing: watch::Receiver<()>,
    _place: OwnedSemaphorePermit,
}

impl Stream {
    /// One that begins with these, while there is a place for it.
    fn new(
        agent: Arc<Agent>,
        first: VecDeque<Bytes>,
        transitions: Option<broadcast::Receiver<Bytes>>,
        looks: Option<broadcast::Receiver<Bytes>>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let closing = agent.closing.clone();
        let mut beats = tokio::time::interval(BEATS);
        beats.reset();
        Self { first, transitions, looks, beats, closing, agent, _place: place }
    }

    /// The next piece. A reader that is too far behind is told how many transitions it missed; of looks it must miss none,
    /// as each says what has changed since the one before, so it is cut off, and begins anew. Where there are no more looks
    /// it is cut off, too: silence would say that nothing changes.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        tokio::select! {
            piece = next_of(&mut self.transitions) => match piece {
                Err(RecvError::Lagged(count)) => Some(frame::of_missed(count)),
                piece => piece.ok(),
            },
            piece = next_of(&mut self.looks) => piece.ok().filter(|piece| *piece != END),
            _ = self.beats.tick() => (self.looks.is_none() || self.agent.sampler.looks_on().is_ok()).then_some(BEAT),
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
    let place = agent.place()?;
    let transitions = Some(agent.transitions.subscribe());
    Ok(Stream::new(agent, [BEAT].into(), transitions, None, place).answer())
}

/// `GET /api/live`: breakers and transitions.
pub(super) async fn live(State(agent): State<Arc<Agent>>) -> Result<Response, Problem> {
    let place = agent.place()?;
    let transitions = Some(agent.transitions.subscribe());
    let join = |agent: &Agent| agent.sampler.join(|looking| frame::of_json("hello", &agent.about(looking)));
    let (first, looks) = beside(agent.clone(), join).await?;
    Ok(Stream::new(agent, first, transitions, Some(looks), place).answer())
}

/// `GET /hystrix.stream`: breakers, as Hystrix has them.
pub(super) async fn hystrix(State(agent): State<Arc<Agent>>) -> Result<Response, Problem> {
    let place = agent.place()?;
    let (first, looks) = beside(agent.clone(), |agent| agent.sampler.join_hystrix()).await?;
    Ok(Stream::new(agent, first, None, Some(looks), place).answer())
}
