//! The headers that every request to a route has, made once: the route's own, and its account's key.

use super::key::Key;
use super::table::{Auth, RouteSpec};
use crate::error::{Error, ErrorKind, Result};
use ureq::http::{HeaderName, HeaderValue};

/// Names and values.
pub(super) type Headers = Box<[(HeaderName, HeaderValue)]>;

/// The headers of a route whose account has this key.
pub(super) fn of(spec: &RouteSpec, key: Option<(&Key, Auth)>) -> Result<Headers> {
    let key = key.map(|(key, auth)| match auth {
        Auth::Bearer => ("authorization", format!("Bearer {}", key.expose())),
        Auth::XApiKey => ("x-api-key", key.expose().to_owned()),
        Auth::XGoogApiKey => ("x-goog-api-key", key.expose().to_owned()),
    });
    let own = spec.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
    own.chain(key).map(|(name, value)| header(spec, name, &value)).collect()
}

fn header(spec: &RouteSpec, name: &str, value: &str) -> Result<(HeaderName, HeaderValue)> {
    let wrong = || {
        let what = "it would have characters that no header has";
        Error::new(
            ErrorKind::Argument,
            format!("route {:?}: the header {name} cannot be sent: {what}", spec.name()),
        )
    };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
    let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
    value.set_sensitive(true); // in no Debug
    Ok((name, value))
}
