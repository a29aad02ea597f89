//! Responses and verdicts as text.

use holysheep_cb::Classification;
use holysheep_cb::response::{End, Response, Verdict};

/// This host's time in all of these tests: Tue, 27 Jan 2026 18:00:00 GMT.
pub(crate) const NOW_MS: u64 = 1_769_536_800_000;
pub(crate) const NOW: &str = "Tue, 27 Jan 2026 18:00:00 GMT";

/// All ends.
pub(crate) const ENDS: [End; 4] = [End::Complete, End::Cut, End::Stalled, End::Abandoned];

pub(crate) fn begin(status: u16, headers: &[(&str, &str)]) -> Response {
    let mut response = Response::new(status, Some(NOW_MS));
    for (name, value) in headers {
        response.header(name.as_bytes(), value.as_bytes());
    }
    response
}

/// The beginning of a stream that is 200.
pub(crate) fn stream() -> Response {
    begin(200, &[("content-type", "text/event-stream")])
}

/// What becomes of a permit, and why: `success ok`, `throttled 850 rate-limited`.
pub(crate) fn text(verdict: Verdict) -> String {
    let what = match verdict.classification() {
        Classification::Success => "success".to_owned(),
        Classification::Failure => "failure".to_owned(),
        Classification::Ignored => "ignored".to_owned(),
        Classification::Throttled(wait) => format!("throttled {}", wait.as_millis()),
    };
    format!("{what} {}", verdict.cause)
}

/// The verdict on a whole response.
pub(crate) fn judge(mut response: Response, body: impl AsRef<[u8]>, end: End) -> String {
    let is_final = response.body(body.as_ref());
    assert_eq!(is_final, response.is_final());
    text(response.end(end))
}
