//! Error objects, in the form of the OpenAI API.

use super::draw::Draw;
use super::fault::{ErrorAnswer, RateLimit};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An error, before it becomes an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    /// What is said.
    pub(super) error: ErrorAnswer,
    /// The field of the request that is wrong.
    pub(super) param: Option<&'static str>,
}

impl Problem {
    /// A request that is not valid.
    pub(super) fn invalid(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, "validation_error", "invalid_request_error", message.into())
    }

    /// A key that is missing or wrong; the message never contains it.
    pub(super) fn key() -> Self {
        let message = "the request needs `Authorization: Bearer` with the key of this server";
        let kind = "authentication_error";
        Self::new(StatusCode::UNAUTHORIZED, kind, kind, message.to_owned())
    }

    /// The error of a phase.
    pub(super) fn of(error: &ErrorAnswer) -> Self {
        Self { error: error.clone(), param: None }
    }

    /// The same, naming the field that is wrong.
    pub(super) fn at(self, param: &'static str) -> Self {
        Self { param: Some(param), ..self }
    }

    fn new(status: StatusCode, code: &str, kind: &str, message: String) -> Self {
        let (code, kind) = (code.to_owned(), kind.to_owned());
        let status = status.as_u16();
        let error = ErrorAnswer { status, code, kind, message, retry_after: None, in_ms: false };
        Self { error, param: None }
    }

    /// The HTTP status.
    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The error object.
    pub(super) fn object(&self, draw: &Draw) -> Value {
        let error = &self.error;
        let mut object = json!({
            "code": error.code, "message": error.message, "param": self.param, "type": error.kind,
            "request_id": draw.request_id(),
        });
        if let Some(seconds) = error.retry_after {
            object["retry_after"] = plain(seconds);
        }
        json!({ "error": object })
    }

    /// The whole answer, with its headers.
    pub(super) fn answer(&self, draw: &Draw, limit: Option<&RateLimit>) -> Response<Body> {
        let mut answer = json_answer(self.status(), &self.object(draw), draw);
        let headers = answer.headers_mut();
        if let Some(seconds) = self.error.retry_after {
            put(headers, "retry-after", &plain(seconds).to_string());
            if self.error.in_ms {
                put(headers, "retry-after-ms", &(seconds * 1000.0).round().to_string());
            }
        }
        limit_headers(headers, limit);
        answer
    }
}

/// An answer that carries JSON.
pub(super) fn json_answer(status: StatusCode, value: &Value, draw: &Draw) -> Response<Body> {
    let mut answer = Response::new(Body::from(value.to_string()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    put(headers, "x-request-id", &draw.request_id());
    answer
}

/// Adds `x-ratelimit-limit`, `-remaining` and `-reset` (in unix seconds).
pub(super) fn limit_headers(headers: &mut HeaderMap, limit: Option<&RateLimit>) {
    let Some(limit) = limit else { return };
    put(headers, "x-ratelimit-limit", &limit.limit.to_string());
    put(headers, "x-ratelimit-remaining", &limit.remaining.to_string());
    let reset = unix_time() + Duration::from_secs_f64(limit.reset_s);
    put(headers, "x-ratelimit-reset", &(reset.as_secs_f64().ceil() as u64).to_string());
}

/// The wall clock; it appears in answers only, nothing is decided by it.
pub(super) fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Sets a header, unless the value cannot stand in one.
pub(super) fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// Seconds without a needless `.0`.
fn plain(seconds: f64) -> Value {
    if seconds.fract() == 0.0 { Value::from(seconds as u64) } else { Value::from(seconds) }
}
