//! The three ways in which servers say how long to wait.

use ::http::HeaderMap;
use holysheep_cb::tower::retry_after;
use std::time::{Duration, SystemTime};

fn wait(headers: &[(&'static str, &str)]) -> Option<Duration> {
    let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    retry_after(&headers.collect::<HeaderMap>())
}

fn ms(ms: u64) -> Option<Duration> {
    Some(Duration::from_millis(ms))
}

/// How times are read is tested in `tests/response/waits.rs`; here, that headers get there.
#[test]
fn headers_are_read_and_what_cannot_be_read_is_nothing() {
    assert_eq!(wait(&[("retry-after", " 1.2 ")]), ms(1200));
    assert_eq!(wait(&[("retry-after", "soon")]), None);
    assert_eq!(wait(&[("retry-after", "0")]), None);
    assert_eq!(wait(&[]), None);
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", ::http::HeaderValue::from_bytes(b"2\xff").unwrap());
    assert_eq!(retry_after(&headers), None);
}

#[test]
fn milliseconds_are_more_exact_and_go_before_seconds() {
    assert_eq!(wait(&[("retry-after-ms", "850")]), ms(850));
    assert_eq!(wait(&[("retry-after-ms", "0.5")]), ms(1), "rounded up");
    assert_eq!(wait(&[("retry-after", "1"), ("retry-after-ms", "850")]), ms(850));
    assert_eq!(wait(&[("retry-after", "1"), ("retry-after-ms", "soon")]), ms(1000));
}

#[test]
fn a_date_is_compared_with_the_date_of_the_response() {
    let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
    for (text, expected) in [
        ("Wed, 21 Oct 2015 07:28:30 GMT", ms(30_000)),
        ("Wednesday, 21-Oct-15 07:29:00 GMT", ms(60_000)),
        ("Wed Oct 21 08:28:00 2015", ms(3_600_000)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:27:00 GMT", None),
    ] {
        assert_eq!(wait(&[date, ("retry-after", text)]), expected, "{text}");
    }
}

#[test]
fn a_date_without_that_of_the_response_is_compared_with_the_clock_of_the_host() {
    let until = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
    for date in [None, Some(("date", "never"))] {
        let headers: Vec<_> = [("retry-after", &*until)].into_iter().chain(date).collect();
        let wait = wait(&headers).unwrap();
        assert!((Duration::from_secs(50)..=Duration::from_secs(100)).contains(&wait), "{wait:?}");
    }
    assert_eq!(wait(&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")]), None, "it is over");
}
