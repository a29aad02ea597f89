//! Requests, answers and failures in JSON, for other languages: the same names everywhere.

use super::answer::{Meta, Request, Source};
use super::cost::Spent;
use super::failure::{Failure, Refusal};
use super::handle::Client;
use super::status::RouteStatus;
use crate::error::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A request as other languages write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    path: String,
    body: Option<Map<String, Value>>,
    timeout_ms: Option<u64>,
    cache: Option<bool>,
    or_stale: Option<bool>,
    or: Option<Value>,
}

impl Request {
    /// Reads `{"path": "/chat/completions", "body": {...}}`, and besides, if they are there: `timeout_ms`, `cache` (false: as
    /// [`Request::no_cache`]), `or_stale`, `or`.
    ///
    /// # Errors
    /// [`ErrorKind::Json`] if it is no such object, [`ErrorKind::Config`] for fields that are none.
    pub fn from_json(text: &str) -> Result<Self> {
        let reader = &mut serde_json::Deserializer::from_str(text);
        let written: Written = serde_path_to_error::deserialize(&mut *reader).map_err(|error| {
            let kind = if error.inner().is_data() { ErrorKind::Config } else { ErrorKind::Json };
            Error::new(kind, format!("the request, at {}: {}", error.path(), error.inner()))
        })?;
        reader.end().map_err(|error| {
            Error::new(ErrorKind::Json, format!("the request goes on after its end: {error}"))
        })?;
        let mut request = match written.body {
            Some(body) => Self::post(written.path, body),
            None => Self::get(written.path),
        };
        request.timeout = written.timeout_ms.map(Duration::from_millis);
        request.cache = written.cache.unwrap_or(true);
        request.or_stale = written.or_stale.unwrap_or(false);
        request.or = written.or;
        Ok(request)
    }
}

impl Source {
    /// One word, the same in every language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Cache => "cache",
            Self::Stale => "stale",
            Self::Static => "static",
        }
    }
}

/// Whole ms and fractions of them.
fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

impl Meta {
    /// As a JSON object with the names of its fields; durations in ms (`latency_ms`, `first_byte_ms`).
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "source": self.source.name(),
            "route": self.route,
            "account": self.account,
            "model": self.model,
            "fallback_used": self.fallback_used,
            "attempts": self.attempts,
            "latency_ms": ms(self.latency),
            "first_byte_ms": ms(self.first_byte),
            "usage": self.usage.map(|usage| json!({"input": usage.input, "output": usage.output})),
            "usd": self.usd,
            "request_id": self.request_id,
        })
    }
}

impl Failure {
    /// As a JSON object with the names of its fields, and `scope`, `retryable`; `retry_after_ms` in ms.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "kind": self.kind.name(),
            "scope": self.scope().name(),
            "retryable": self.kind.is_retryable(),
            "message": self.to_string(),
            "status": self.status,
            "code": self.code,
            "request_id": self.request_id,
            "retry_after_ms": self.retry_after.map(ms),
            "route": self.route.as_deref(),
            "attempts": self.attempts,
            "refusals": self.refusals.iter().map(Refusal::to_json).collect::<Vec<_>>(),
        })
    }
}

impl Refusal {
    fn to_json(&self) -> Value {
        json!({
            "route": &*self.route,
            "model": &*self.model,
            "kind": self.kind.name(),
            "retry_after_ms": self.retry_after.map(ms),
        })
    }
}

impl RouteStatus {
    fn to_json(&self) -> Value {
        json!({
            "route": self.route,
            "breaker": self.breaker,
            "mode": self.mode.name(),
            "retry_after_ms": self.retry_after.map(ms),
            "latency_ms": self.latency.map(ms),
            "health_ms": self.health.map(ms),
        })
    }
}

impl Client {
    /// How the routes are and what the calls came to: `{"routes": [...], "spent": [...]}`.
    #[must_use]
    pub fn status_json(&self) -> Value {
        let spent = |((route, model), spent): ((String, String), Spent)| {
            json!({
                "route": route,
                "model": model,
                "calls": spent.calls,
                "usage": {"input": spent.usage.input, "output": spent.usage.output},
                "usd": spent.usd,
                "fallbacks": spent.fallbacks,
                "saved_usd": spent.saved_usd,
            })
        };
        json!({
            "routes": self.routes().iter().map(RouteStatus::to_json).collect::<Vec<_>>(),
            "spent": self.spent().into_iter().map(spent).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_in_json() {
        let request = Request::from_json(
            r#"{"path": "/chat/completions", "body": {"model": "m"}, "timeout_ms": 5, "cache": false, "or": 7}"#,
        )
        .unwrap();
        assert_eq!((request.model(), request.timeout), (Some("m"), Some(Duration::from_millis(5))));
        assert!(!request.cache && !request.or_stale && request.or == Some(json!(7)));
        assert!(Request::from_json(r#"{"path": "/models"}"#).unwrap().body.is_none());
        for (bad, kind, why) in [
            ("", ErrorKind::Json, "EOF"),
            ("{}", ErrorKind::Config, "missing field `path`"),
            (r#"{"path": "/", "body": [1]}"#, ErrorKind::Config, "at body"),
            (r#"{"path": "/", "url": "x"}"#, ErrorKind::Config, "unknown field `url`"),
            (r#"{"path": "/"} {}"#, ErrorKind::Json, "goes on after its end"),
        ] {
            let error = Request::from_json(bad).unwrap_err();
            assert!(error.kind() == kind && error.to_string().contains(why), "{bad}: {error}");
        }
    }
}
