//! The headers that every request to a route has, made once: the route's own, and its account's key.

use super::complaint::wrong;
use super::key::Key;
use super::table::{Auth, RouteSpec};
use crate::error::Result;
use ureq::http::{HeaderName, HeaderValue};

/// Names and values.
pub(super) type Headers = Box<[(HeaderName, HeaderValue)]>;

/// The headers of a route whose account has this key; `at`: where it is in the table.
pub(super) fn of(spec: &RouteSpec, key: Option<(&Key, Auth)>, at: &str) -> Result<Headers> {
    let key = key.map(|(key, auth)| match auth {
        Auth::Bearer => ("authorization", format!("Bearer {}", key.expose())),
        Auth::XApiKey => ("x-api-key", key.expose().to_owned()),
        Auth::XGoogApiKey => ("x-goog-api-key", key.expose().to_owned()),
    });
    let own = spec.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let header = |(name, value): (&str, String)| {
        header(name, &value).ok_or_else(|| {
            let is = format!("has {name:?}, which cannot be sent");
            wrong(&format!("{at}.headers"), &is, "names and values of HTTP headers")
        })
    };
    own.chain(key).map(header).collect()
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true); // in no Debug
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_one(name: &str, value: &str) -> Result<Headers> {
        let spec =
            serde_json::json!({"name": "main", "url": "https://relay.example/v1", "headers": {name: value}});
        of(&serde_json::from_value(spec).unwrap(), None, "routes[0]")
    }

    #[test]
    fn a_header_is_sent_as_it_is_written_and_shown_nowhere() {
        let headers = of_one("X-Team", "a secret\t\u{e4}").unwrap();
        assert_eq!(
            (headers[0].0.as_str(), headers[0].1.as_bytes()),
            ("x-team", "a secret\t\u{e4}".as_bytes())
        );
        assert!(!format!("{headers:?}").contains("secret"), "{headers:?}");
    }

    #[test]
    fn what_cannot_be_sent_is_told_by_its_place_and_name() {
        let secret = "verysecretpart";
        let broken = |with: &str| format!("{secret}{with}{secret}");
        let values = ["\n", "\r\nx-other: 1", "\0", "\u{7f}"].map(broken);
        let names = ["", "x team", "x:team", "x\nteam", "gr\u{f6}\u{df}e"];
        let cases = values.iter().map(|value| ("x-team", value.as_str()));
        for (name, value) in cases.chain(names.map(|name| (name, secret))) {
            let error = of_one(name, value).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Config, "{error}");
            let said = error.to_string();
            assert!(
                said.contains(&format!("routes[0].headers has {name:?}, which cannot be sent")),
                "{said}"
            );
            assert!(!said.contains(secret), "{said}");
        }
    }
}
