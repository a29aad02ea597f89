//! What is wrong with a request, or with us.

use super::reply;
use crate::fault::Fault;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error as it is answered: its code, and a message for people.
#[derive(Debug, Clone)]
pub(super) struct Problem(Code, String);

/// What kind of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// The request is not as it has to be.
    BadRequest,
    /// The token is missing or wrong.
    Unauthorized,
    /// There is no token.
    NotOperable,
    /// The request comes to a host that is not known.
    BadHost,
    /// The request comes from a page of another origin.
    BadOrigin,
    /// There is no such path, breaker or segment.
    NotFound,
    /// The path does not go with the method.
    MethodNotAllowed,
    /// The breaker's mode does not allow it.
    Conflict,
    /// The body is too long.
    TooLarge,
    /// Not now.
    Unavailable,
}

impl Code {
    const fn parts(self) -> (StatusCode, &'static str) {
        match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "bad_request"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::NotOperable => (StatusCode::FORBIDDEN, "not_operable"),
            Self::BadHost => (StatusCode::FORBIDDEN, "bad_host"),
            Self::BadOrigin => (StatusCode::FORBIDDEN, "bad_origin"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::Conflict => (StatusCode::CONFLICT, "conflict"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        }
    }
}

impl Problem {
    /// An error with these words.
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self(code, message.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code) = self.0.parts();
        let body = json!({ "error": { "code": code, "message": self.1 } });
        let mut answer = (status, reply::json(&body)).into_response();
        if self.0 == Code::Unauthorized {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answer
    }
}

/// Of looking for what a request names, or at all.
impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let code = match fault {
            Fault::NotFound(_) => Code::NotFound,
            Fault::Usage(_) => Code::BadRequest,
            Fault::Refused(_) | Fault::Unread => Code::Unavailable,
        };
        Self(code, fault.to_string())
    }
}
