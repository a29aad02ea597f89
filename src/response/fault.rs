//! What an error object says.

use super::cause::Cause;
use super::fields::Fields;
use super::quantity::{decimal, duration};
use serde_json::Value;

/// An error that a body tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fault {
    /// What its code, type or status names, if that is known.
    pub(super) named: Option<Cause>,
    /// How long it asks to wait, in ms.
    pub(super) retry_after: Option<u64>,
}

impl Fault {
    /// An error inside of a 2xx.
    pub(super) fn cause(self) -> Cause {
        self.named.unwrap_or(Cause::StreamError)
    }

    /// The error that a JSON object is, or tells of in its field `error`, or in that of its `response`.
    pub(super) fn in_object(json: &[u8]) -> Option<Self> {
        let [error, response, words @ .., retry_after] =
            Fields::of(json, ["error", "response", "code", "type", "status", "retry_after"])?;
        let inner = response.get("error").unwrap_or(&Value::Null);
        Some(match [&error, inner].into_iter().find(|error| !error.is_null()) {
            Some(object @ Value::Object(_)) => Self::of(object),
            // A text, such as "Too many requests", or none: what there is to know stands beside it.
            text => Self::by(text.into_iter().chain(&words), seconds(&retry_after)),
        })
    }

    /// An error as an object, or as its code alone.
    pub(super) fn of(error: &Value) -> Self {
        let Value::Object(fields) = error else { return Self::by([error], None) };
        let words = ["code", "type", "status"].map(|name| fields.get(name));
        let by_details = || fields.get("details")?.as_array()?.iter().find_map(retry_delay);
        Self::by(words.into_iter().flatten(), fields.get("retry_after").and_then(seconds).or_else(by_details))
    }

    /// By its code, type and status, of which the first that is known counts; but that a quota is used up, whichever says
    /// so.
    fn by<'a>(words: impl IntoIterator<Item = &'a Value>, retry_after: Option<u64>) -> Self {
        let mut causes = words.into_iter().filter_map(named);
        let first = causes.next();
        let quota = first.into_iter().chain(causes).find(|cause| *cause == Cause::Quota);
        Self { named: quota.or(first), retry_after }
    }
}

/// Google's `RetryInfo` among the details of an error, in ms.
fn retry_delay(detail: &Value) -> Option<u64> {
    duration(detail.get("retryDelay")?.as_str()?.as_bytes())
}

/// What a code, a type or a status says: a word, or a number like those of HTTP.
fn named(word: &Value) -> Option<Cause> {
    let text = match word {
        Value::String(text) => text.to_ascii_lowercase(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(match &*text {
        "insufficient_quota" | "quota_exceeded" | "tokens_limit_exceeded" => Cause::Quota,
        billing if billing.starts_with("billing_") => Cause::Quota,
        "rate_limit_exceeded"
        | "rate_limit_error"
        | "rate_limit"
        | "too_many_requests"
        | "resource_exhausted" => Cause::RateLimited,
        "overloaded_error" | "overloaded" | "server_is_overloaded" | "unavailable" => Cause::Overloaded,
        "authentication_error" | "invalid_api_key" | "unauthenticated" => Cause::Auth,
        "permission_error" | "permission_denied" => Cause::Permission,
        "invalid_request_error" | "validation_error" | "invalid_argument" | "not_found_error" => {
            Cause::ClientError
        }
        "server_error" | "api_error" | "internal" | "timeout" | "timeout_error" => Cause::StreamError,
        number => match Cause::of_status(number.parse().ok().filter(|status| (400..600).contains(status))?) {
            Cause::ServerError | Cause::Timeout => Cause::StreamError,
            cause => cause,
        },
    })
}

/// A number of seconds, in ms.
fn seconds(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => decimal(text.trim().as_bytes(), 1000),
        Value::Number(number) => match number.as_u64() {
            Some(whole) => whole.checked_mul(1000),
            // Without an exponent, and with no more digits than make it this number.
            None => decimal(number.as_f64()?.to_string().as_bytes(), 1000),
        },
        _ => None,
    }
}
