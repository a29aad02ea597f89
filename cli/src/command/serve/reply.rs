//! Answers.

use super::frame;
use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, header};
use serde::Serialize;

/// A body and what it is.
pub(super) type Reply = ([(HeaderName, HeaderValue); 1], Bytes);

/// A body of this type.
pub(super) fn typed(kind: &'static str, body: impl Into<Bytes>) -> Reply {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body.into())
}

/// A value in JSON.
pub(super) fn json(value: &impl Serialize) -> Reply {
    of_json(frame::text(value).into())
}

/// What is JSON already.
pub(super) fn of_json(body: Bytes) -> Reply {
    typed("application/json", body)
}
