//! How long a response asks to wait.

use http::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// How long a response asks to wait: `retry-after-ms`, or `Retry-After` in seconds (fractions too) or as an HTTP date;
/// `None` if it has neither, or none that can be read. A wait that is over is zero.
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
    const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(wait) = text(RETRY_AFTER_MS).and_then(|ms| decimal(ms, 1e-3)) {
        return Some(wait);
    }
    let wait = text(RETRY_AFTER)?;
    decimal(wait, 1.0).or_else(|| {
        let until = httpdate::parse_http_date(wait).ok()?;
        let date = text(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
        Some(until.duration_since(date.unwrap_or_else(SystemTime::now)).unwrap_or_default())
    })
}

/// A number of digits and at most one point, in units of so many seconds; saturates.
fn decimal(text: &str, unit: f64) -> Option<Duration> {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let seconds = text.parse::<f64>().ok()? * unit;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}
