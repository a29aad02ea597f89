//! How long a response asks to wait.

use super::classify::judge;
use crate::response::End;
use http::{HeaderMap, StatusCode};
use std::time::Duration;

/// How long a response asks to wait, for classifiers that throttle where others do not: `retry-after-ms`, or
/// `Retry-After` in seconds (fractions too) or as an HTTP date, in whole ms, rounded up. `None` if it has neither, none
/// that can be read, or one that is over.
///
/// A date is compared with the response's own `Date`, so that it means the same where clocks differ; without one, with
/// this host's.
///
/// ```
/// use holysheep_cb::tower::retry_after;
/// use std::time::Duration;
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("retry-after", http::HeaderValue::from_static("1.5"));
/// assert_eq!(retry_after(&headers), Some(Duration::from_millis(1500)));
/// ```
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    judge(StatusCode::SERVICE_UNAVAILABLE, headers).end(End::Complete).retry_after()
}
