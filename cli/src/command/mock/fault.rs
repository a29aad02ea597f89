//! What goes wrong for a request that is affected.

use super::fields::{Fields, Read};
use serde_json::Value;

/// The longest waiting time that a header may name, in seconds: one day.
const LONGEST_S: f64 = 86_400.0;

/// The most bytes after which an answer can be cut: as many as a request may have.
const MOST_BYTES: u64 = 16 << 20;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// Nothing: the request is answered.
    None,
    /// An answer with an error object.
    Status(ErrorAnswer),
    /// No answer, or a stream that stalls after some chunks.
    Hang { release: Release, after_chunks: Option<u64> },
    /// The port is closed; what still arrives over an old connection is cut.
    Refused,
    /// The connection closes: before the answer, or in the middle of it. `reset`: with RST, not FIN.
    Cut { after_bytes: Option<u64>, after_chunks: Option<u64>, reset: bool },
    /// A stream that begins well and then carries an error object. Plain answers are not affected.
    StreamError { after_chunks: u64, error: ErrorAnswer },
}

/// How a request that hangs ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Release {
    /// When the client goes away, and not before.
    Client,
    /// Is answered when the phase ends.
    Answer,
    /// Is cut when the phase ends.
    Cut,
}

/// An error object and the status and headers that go with it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ErrorAnswer {
    /// The HTTP status.
    pub(super) status: u16,
    /// `code` of the error object.
    pub(super) code: String,
    /// `type` of the error object.
    pub(super) kind: String,
    /// `message` of the error object.
    pub(super) message: String,
    /// Seconds in `Retry-After` and `retry_after`.
    pub(super) retry_after: Option<f64>,
    /// Whether the same is also said as `retry-after-ms`.
    pub(super) in_ms: bool,
}

/// What the `x-ratelimit-*` headers say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RateLimit {
    /// Requests a minute.
    pub(super) limit: u64,
    /// Requests left.
    pub(super) remaining: u64,
    /// Seconds from the answer to the moment that `x-ratelimit-reset` names.
    pub(super) reset_s: f64,
}

impl Fault {
    /// Reads the fields of the given kind; `chunks` is how many a stream of the phase has.
    pub(super) fn read(kind: &str, fields: &mut Fields, chunks: u64) -> Read<Self> {
        Ok(match kind {
            "healthy" | "slow" => Self::None,
            "refused" => Self::Refused,
            "hang" => {
                const HOW: [(&str, Release); 3] =
                    [("client", Release::Client), ("answer", Release::Answer), ("cut", Release::Cut)];
                let release = fields.choice("release", &HOW)?.unwrap_or(Release::Client);
                Self::Hang { release, after_chunks: fields.integer("after_chunks", 0..=chunks)? }
            }
            "cut" => Self::Cut {
                after_bytes: fields.integer("after_bytes", 0..=MOST_BYTES)?,
                after_chunks: fields.integer("after_chunks", 0..=chunks)?,
                reset: fields.flag("reset")?.unwrap_or(false),
            },
            "stream-error" => Self::StreamError {
                after_chunks: fields.integer("after_chunks", 0..=chunks)?.unwrap_or(chunks / 2),
                error: ErrorAnswer::read(fields, 500)?,
            },
            "status" => {
                let status = fields.integer("status", 200..=599)?;
                let missing = || fields.refuse("status", &Value::Null, "a whole number 200..=599");
                let status = status.ok_or_else(missing)?;
                Self::Status(ErrorAnswer::with_headers(fields, status as u16)?)
            }
            digits => Self::Status(ErrorAnswer::with_headers(fields, digits.parse().unwrap_or(500))?),
        })
    }
}

impl ErrorAnswer {
    fn read(fields: &mut Fields, status: u16) -> Read<Self> {
        let (code, kind, message) = usual(status);
        let or = |given: Option<String>, usual: &str| given.unwrap_or_else(|| usual.to_owned());
        Ok(Self {
            status,
            code: or(fields.text("code", 64)?, code),
            kind: or(fields.text("type", 64)?, kind),
            message: or(fields.text("message", 500)?, message),
            retry_after: None,
            in_ms: false,
        })
    }

    fn with_headers(fields: &mut Fields, status: u16) -> Read<Self> {
        let mut answer = Self::read(fields, status)?;
        answer.retry_after = fields.number("retry_after", 0.0..=LONGEST_S)?;
        answer.in_ms = fields.flag("retry_after_ms")?.unwrap_or(false);
        if answer.in_ms && answer.retry_after.is_none() {
            return Err(fields.refuse("retry_after_ms", &Value::Bool(true), "true only with retry_after"));
        }
        Ok(answer)
    }
}

impl RateLimit {
    /// Reads `rate_limit`: the limit alone, or an object. The limit resets when the fault says to come back.
    pub(super) fn read(fields: &mut Fields, fault: &Fault) -> Read<Option<Self>> {
        const MOST: u64 = 1_000_000_000;
        let usual_s = match fault {
            Fault::Status(ErrorAnswer { retry_after: Some(seconds), .. }) => *seconds,
            _ => 1.0,
        };
        let Some(value) = fields.take("rate_limit") else { return Ok(None) };
        let object = if value.is_object() { value } else { serde_json::json!({ "limit": value }) };
        let mut inner = Fields::of(format!("{}: rate_limit", fields.place()), object)?;
        let read = Self {
            limit: inner.integer("limit", 0..=MOST)?.unwrap_or(60),
            remaining: inner.integer("remaining", 0..=MOST)?.unwrap_or(0),
            reset_s: inner.number("reset_s", 0.0..=LONGEST_S)?.unwrap_or(usual_s),
        };
        inner.finish()?;
        Ok(Some(read))
    }
}

/// Code, type and message that usually go with a status.
fn usual(status: u16) -> (&'static str, &'static str, &'static str) {
    match status {
        200..=399 => ("quota_exceeded", "tokens_limit_exceeded", "the quota of tokens is used up"),
        401 | 403 => ("authentication_error", "authentication_error", "the key is not accepted"),
        402 => ("quota_exceeded", "quota_exceeded", "the quota is used up"),
        408 | 504 => ("timeout", "timeout", "the model did not answer in time"),
        429 => ("rate_limit_exceeded", "rate_limit", "too many requests, try again later"),
        400..=499 => ("validation_error", "invalid_request_error", "the request is not valid"),
        _ => ("server_error", "server_error", "the server cannot answer now"),
    }
}
