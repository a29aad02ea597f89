//! What holds for every request and for every answer.

use super::agent::Agent;
use super::hosts;
use super::page;
use super::problem::{Code, Problem};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use futures_util::StreamExt as _;
use percent_encoding::percent_decode_str;
use std::net::IpAddr;
use std::time::Duration;

/// The longest body.
const LONGEST_BODY: usize = 64 << 10;
/// How long a request may take to arrive, but for its headers, for which [`wire`](super::wire) cares.
pub(super) const ARRIVAL: Duration = Duration::from_secs(10);

/// The headers of every answer.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(page::POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Whether a request may be answered at all. `local` is the address that its connection came to.
pub(super) fn check<B>(agent: &Agent, request: &Request<B>, local: IpAddr) -> Result<(), Problem> {
    let uri = request.uri();
    let host = agent.hosts.check(uri, request.headers(), local)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        hosts::check_origin(request.headers(), &host)?;
    }
    // Another site's page cannot read the answer, and shall not have it made either; a link to the dashboard is all right.
    let site = request.headers().get("sec-fetch-site");
    if site.is_some_and(|site| site == "cross-site") && uri.path() != "/" {
        return Err(Problem::new(Code::BadOrigin, "this was asked for by a page of another site"));
    }
    for part in [uri.path(), uri.query().unwrap_or_default()] {
        if !is_encoded_well(part) {
            let message =
                "the path or the query is not encoded as it has to be: %, two digits each, of UTF-8";
            return Err(Problem::new(Code::BadRequest, message));
        }
    }
    Ok(())
}

/// Whether each `%` begins a byte, and the bytes are UTF-8.
fn is_encoded_well(part: &str) -> bool {
    let is_byte = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|digit| digit.is_ascii_hexdigit());
    part.split('%').skip(1).all(is_byte) && percent_decode_str(part).decode_utf8().is_ok()
}

/// Puts them into an answer.
pub(super) fn dress(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
}

/// The body of a request.
pub(super) async fn body(body: Body) -> Result<Bytes, Problem> {
    let late =
        |_| Problem::new(Code::BadRequest, format!("the body did not arrive in {} s", ARRIVAL.as_secs()));
    tokio::time::timeout(ARRIVAL, read(body)).await.map_err(late)?
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| Problem::new(Code::BadRequest, format!("the body: {error}")))?;
        if bytes.len() + piece.len() > LONGEST_BODY {
            let message = format!("the body is too long; allowed: {LONGEST_BODY} bytes");
            return Err(Problem::new(Code::TooLarge, message));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::is_encoded_well;

    #[test]
    fn encodings() {
        for good in ["", "/api", "/relay%7Cgpt-4.1", "/%E6%A8%A1", "a=%25"] {
            assert!(is_encoded_well(good), "{good}");
        }
        for bad in ["%", "/%4", "/%zz", "/%+1", "/%ff", "/%E6%A8", "a%"] {
            assert!(!is_encoded_well(bad), "{bad}");
        }
    }
}
