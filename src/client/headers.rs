//! The headers that every request to a route has, made once.

use super::complaint::{short, wrong};
use crate::error::Result;
use ureq::http::{HeaderName, HeaderValue};

/// Names and values.
pub(super) type Headers = Box<[(HeaderName, HeaderValue)]>;

/// These names and values; `at`: where they are in the table.
pub(super) fn of<'a>(pairs: impl Iterator<Item = (&'a str, String)>, at: &str) -> Result<Headers> {
    let header = |(name, value): (&str, String)| {
        header(name, &value).ok_or_else(|| {
            // Also the name may be a key in the wrong place.
            let is = format!("has {:?}, which cannot be sent", short(name));
            wrong(&format!("{at}.headers"), &is, "names and values of HTTP headers")
        })
    };
    pairs.map(header).collect()
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
        of([(name, value.to_owned())].into_iter(), "routes[0]")
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
            let said = of_one(name, value).unwrap_err().to_string();
            let told = format!("routes[0].headers has {name:?}, which cannot be sent");
            assert!(said.contains(&told) && !said.contains(secret), "{said}");
        }
        let swapped = of_one(&format!("Bearer sk-{secret}"), "authorization").unwrap_err().to_string();
        assert!(swapped.contains("has \"...\"") && !swapped.contains(secret), "{swapped}");
    }
}
