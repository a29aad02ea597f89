//! A call that has no answer, and what was tried for it.

use super::kind::{Kind, Scope};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Why a call has no answer. Never holds a key.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Failure {
    /// What went wrong: with the last attempt, or with the last refusal where nothing was sent.
    pub kind: Kind,
    /// For people: what was wrong, where, and what would be right. `Display` says it, and more.
    pub message: Cow<'static, str>,
    /// The status of the response, if there was one.
    pub status: Option<u16>,
    /// The error's own code, type and parameter, as the service names them.
    pub code: Option<Box<str>>,
    /// The request's number at the service, to ask its support about.
    pub request_id: Option<Box<str>>,
    /// How long the service asks to wait, or until a route may admit; `None` if that is not to be known.
    pub retry_after: Option<Duration>,
    /// The route it came from; `None` if none was asked.
    pub route: Option<Arc<str>>,
    /// How many requests were sent.
    pub attempts: u32,
    /// The routes that did not let the call go, in the order of asking, of the last round.
    pub refusals: Box<[Refusal]>,
}

/// A route that did not let a call go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Its name.
    pub route: Arc<str>,
    /// The model that it was asked for.
    pub model: Arc<str>,
    /// [`Kind::CircuitOpen`], [`Kind::BulkheadFull`] or [`Kind::Limited`].
    pub kind: Kind,
    /// How long until it may; `None` if that is not to be known.
    pub retry_after: Option<Duration>,
}

impl Failure {
    pub(super) fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            code: None,
            request_id: None,
            retry_after: None,
            route: None,
            attempts: 0,
            refusals: Box::default(),
        }
    }

    /// No route let the call go.
    pub(super) fn refused(refusals: Vec<Refusal>) -> Self {
        let soonest = refusals.iter().filter_map(|refusal| refusal.retry_after).min();
        let kind = refusals.last().map_or(Kind::NoRoute, |refusal| refusal.kind);
        Self {
            retry_after: soonest,
            refusals: refusals.into(),
            ..Self::new(kind, "no route lets the call go")
        }
    }

    /// Whose trouble it is.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.kind.scope()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)?;
        if let Some(route) = &self.route {
            write!(f, " (route {route}")?;
            self.status.map_or(Ok(()), |status| write!(f, ", status {status}"))?;
            self.request_id.as_ref().map_or(Ok(()), |id| write!(f, ", request {id}"))?;
            write!(f, ", {} sent)", self.attempts)?;
        }
        for (number, refusal) in self.refusals.iter().enumerate() {
            write!(f, "{} {refusal}", if number == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.route, self.model, self.kind)?;
        match self.retry_after {
            Some(wait) => write!(f, ", may go in {wait:?}"),
            None => Ok(()),
        }
    }
}
