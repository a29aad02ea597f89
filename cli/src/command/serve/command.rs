//! `POST /api/command`: operates a breaker, as the verbs do.

use super::agent::{Agent, beside};
use super::guard;
use super::problem::{Code, Problem};
use super::reply::{self, Reply};
use super::token;
use crate::cli::TRIP_MS;
use crate::command::operate::{LONGEST_NOTE, Operated, who};
use crate::fault::Fault;
use axum::extract::{Request, State};
use axum::http::header;
use holysheep_cb::Noting;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    segment: String,
    name: String,
    command: Verb,
    reason: Option<String>,
    for_ms: Option<u64>,
}

/// The verbs of the command line.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verb {
    Trip,
    Reset,
    ForceOpen,
    Disable,
    Observe,
    HalfOpen,
}

impl Verb {
    const fn name(self) -> &'static str {
        match self {
            Self::Trip => "trip",
            Self::Reset => "reset",
            Self::ForceOpen => "force-open",
            Self::Disable => "disable",
            Self::Observe => "observe",
            Self::HalfOpen => "half-open",
        }
    }
}

impl Order {
    fn parse(body: &[u8]) -> Result<Self, Problem> {
        let bad = |message: String| Problem::new(Code::BadRequest, message);
        // An array would do for serde, too.
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Err(bad("the body is no JSON object".to_owned()));
        }
        let order: Self = serde_json::from_slice(body).map_err(|error| bad(format!("the body: {error}")))?;
        if order.for_ms.is_some() && !matches!(order.command, Verb::Trip) {
            return Err(bad("for_ms goes with trip alone".to_owned()));
        }
        if let Some(ms) = order.for_ms.filter(|ms| !TRIP_MS.contains(ms)) {
            let (least, most) = (TRIP_MS.start(), TRIP_MS.end());
            return Err(bad(format!("for_ms = {ms}: must be from {least} to {most} (24 hours)")));
        }
        Ok(order)
    }

    fn run(&self, noting: &Noting<'_>) -> Result<(), Fault> {
        match (self.command, self.for_ms) {
            (Verb::Trip, Some(ms)) => noting.trip_for(Duration::from_millis(ms)),
            (Verb::Trip, None) => noting.trip(),
            (Verb::Reset, _) => noting.reset(),
            (Verb::ForceOpen, _) => noting.force_open(),
            (Verb::Disable, _) => noting.disable(),
            (Verb::Observe, _) => noting.observe(),
            (Verb::HalfOpen, _) => noting.half_open()?,
        }
        Ok(())
    }

    /// Looks for the breaker, and operates it.
    fn carry_out(&self) -> Result<Reply, Problem> {
        let note = note(self.reason.as_deref().unwrap_or_default(), &who());
        let operated = Operated::open_noting(&self.segment, &self.name, note)?;
        let done = operated.carry_out(|noting| self.run(noting)).map_err(|fault| match fault {
            Fault::Refused(why) => Problem::new(Code::Conflict, why),
            other => other.into(),
        })?;
        Ok(reply::json(&done.shape(self.command.name())))
    }
}

/// `http: REASON (user alice)`. Of a reason that is too long the end is left out, for who it was shall stand there.
fn note(reason: &str, who: &str) -> String {
    let room = LONGEST_NOTE.saturating_sub("http:  ()".len() + who.len());
    let reason = reason.trim();
    let end = (0..=room.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end));
    let reason = &reason[..end.unwrap_or(0)];
    if reason.is_empty() { format!("http ({who})") } else { format!("http: {reason} ({who})") }
}

/// Answers a request.
pub(super) async fn operate(State(agent): State<Arc<Agent>>, request: Request) -> Result<Reply, Problem> {
    let (head, body) = request.into_parts();
    // All of it before any answer: a connection that is closed over an unread body is reset, and the answer lost with it.
    let body = guard::body(body).await?;
    token::authorize(agent.token.as_ref(), &head.headers)?;
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        return Err(Problem::new(Code::BadRequest, "this needs `Content-Type: application/json`"));
    }
    let order = Order::parse(&body)?;
    beside(agent, move |agent| {
        if agent.only.as_ref().is_some_and(|only| *only != order.segment) {
            return Err(Problem::new(
                Code::NotFound,
                format!("this agent does not serve {:?}", order.segment),
            ));
        }
        // One after the other: a command finds its event by who made it.
        let _alone = agent.operating.lock();
        order.carry_out()
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::{TRIP_MS, note};

    #[test]
    fn the_page_has_the_same_limit() {
        let page = include_str!("page/operate.js");
        let limit = page.lines().find_map(|line| line.strip_prefix("const LONGEST_MS = ")?.strip_suffix(';'));
        let limit = limit.and_then(|limit| limit.replace('_', "").parse().ok());
        assert_eq!(limit, Some(*TRIP_MS.end()));
    }

    #[test]
    fn a_note_says_who_and_why() {
        assert_eq!(note(" maintenance ", "user a"), "http: maintenance (user a)");
        assert_eq!(note("", "user a"), "http (user a)");
        for reason in ["x".repeat(500), "模".repeat(100)] {
            let note = note(&reason, "user a");
            assert!((125..=127).contains(&note.len()) && note.ends_with(" (user a)"), "{note}");
        }
    }
}
