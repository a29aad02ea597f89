//! Answers.

use super::frame;
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use std::time::{Duration, Instant};
use tokio::sync::OwnedSemaphorePermit;

/// So much of a large answer is sent at once.
const PIECE: usize = 256 << 10;
/// So long a large answer may take to be sent.
const LONGEST: Duration = Duration::from_secs(30);

/// A body and what it is.
pub(super) type Reply = ([(HeaderName, HeaderValue); 1], Bytes);

/// A body of this type.
pub(super) fn typed(kind: &'static str, body: impl Into<Bytes>) -> Reply {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body.into())
}

/// What is still to be sent of a large answer.
struct Pieces {
    body: Bytes,
    until: Instant,
    _place: OwnedSemaphorePermit,
}

impl Iterator for Pieces {
    type Item = Result<Bytes, &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.body.is_empty() {
            return None;
        }
        let piece = self.body.split_to(self.body.len().min(PIECE));
        Some(if Instant::now() < self.until { Ok(piece) } else { Err("too slow a reader") })
    }
}

/// An answer that may be large, in pieces, so that `place` is free no sooner than its reader has nearly all of it, and no
/// later than it may take.
pub(super) fn large((kind, body): Reply, place: OwnedSemaphorePermit) -> Response {
    let length = HeaderValue::from(body.len());
    let until = Instant::now() + LONGEST;
    let pieces = futures_util::stream::iter(Pieces { body, until, _place: place });
    let mut answer = (kind, Body::from_stream(pieces)).into_response();
    answer.headers_mut().insert(header::CONTENT_LENGTH, length);
    answer
}

/// A value in JSON.
pub(super) fn json(value: &impl Serialize) -> Reply {
    of_json(frame::text(value).into())
}

/// What is JSON already.
pub(super) fn of_json(body: Bytes) -> Reply {
    typed("application/json", body)
}
