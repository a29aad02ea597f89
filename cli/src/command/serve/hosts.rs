//! Which hosts requests may come to, and which origins they may come from. A web page that lets its own name lead to this
//! machine (DNS rebinding) can send requests here, but only with that name in them.

use super::problem::{Code, Problem};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};
use std::net::{IpAddr, Ipv6Addr};

/// The names that requests may come to.
#[derive(Debug)]
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    /// Loopback, and these.
    pub(super) fn new(allowed: &[String]) -> Self {
        Self(allowed.iter().cloned().chain(["localhost".to_owned()]).collect())
    }

    /// The host that a request names, if it is one of ours. `local` is the address that its connection came to.
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap, local: IpAddr) -> Result<Authority, Problem> {
        let mut given = headers.get_all(header::HOST).iter();
        let named = given.next().filter(|_| given.next().is_none()).and_then(|value| value.to_str().ok());
        let Some(host) = named.and_then(authority) else {
            return Err(Problem::new(Code::BadHost, "the request has to name the host it comes to"));
        };
        for named in [Some(&host), uri.authority()].into_iter().flatten() {
            if !self.knows(named, local) {
                let message = format!(
                    "requests to {named:?} are not answered, so that no web page gets here under a name of its own; \
                     hscb serve --allow-host adds a name"
                );
                return Err(Problem::new(Code::BadHost, message));
            }
        }
        Ok(host)
    }

    fn knows(&self, named: &Authority, local: IpAddr) -> bool {
        let host = named.host();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        match bare.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(address) => {
                address.is_loopback() || address == local.to_canonical() || self.names(&bracketed(address))
            }
            Err(_) => self.names(host),
        }
    }

    fn names(&self, host: &str) -> bool {
        self.0.iter().any(|known| known.eq_ignore_ascii_case(host))
    }
}

/// An address as it stands in `Host`.
fn bracketed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{}]", Ipv6Addr::from(address.octets())),
    }
}

/// `HOST` or `HOST:PORT`, and nothing else.
fn authority(text: &str) -> Option<Authority> {
    let authority: Authority = text.parse().ok()?;
    let port = authority.as_str().strip_prefix(authority.host())?;
    let fits = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    fits.then_some(authority)
}

/// Whether a request that changes something comes from a page of ours, or from no page. `host` is what it came to.
pub(super) fn check_origin(headers: &HeaderMap, host: &Authority) -> Result<(), Problem> {
    let ours = |value: &str| {
        let rest = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"));
        rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host.as_str()))
    };
    let origins_fit = headers.get_all(header::ORIGIN).iter().all(|value| value.to_str().is_ok_and(ours));
    // Browsers say it of every request, also where they leave the origin out.
    let mut sites = headers.get_all("sec-fetch-site").iter();
    if origins_fit && sites.all(|site| site == "same-origin" || site == "none") {
        return Ok(());
    }
    Err(Problem::new(Code::BadOrigin, "a page of another origin may change nothing here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn comes_to(host: &str) -> bool {
        let hosts = Hosts::new(&["metrics.internal".to_owned(), "[2001:db8::7]".to_owned()]);
        hosts.check(&Uri::from_static("/"), &headers(&[("host", host)]), [10, 0, 0, 5].into()).is_ok()
    }

    #[test]
    fn only_known_hosts() {
        for host in [
            "localhost",
            "LocalHost:9797",
            "127.0.0.1",
            "127.8.8.8:1",
            "[::1]:9797",
            "[::ffff:127.0.0.1]",
            "10.0.0.5:80",
            "metrics.internal",
            "METRICS.internal:443",
            "[2001:db8:0::7]:9797",
        ] {
            assert!(comes_to(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "10.0.0.6",
            "127.0.0.1.evil.example",
            "a@localhost",
            "localhost:",
            "localhost:x",
            "localhost:99999",
            "localhost/",
            "[::2]",
            "0.0.0.0",
            "localhost.",
            "[localhost]x",
        ] {
            assert!(!comes_to(host), "{host}");
        }
        let hosts = Hosts::new(&[]);
        let local = [127, 0, 0, 1].into();
        let two = headers(&[("host", "localhost"), ("host", "localhost")]);
        assert!(hosts.check(&Uri::from_static("/"), &two, local).is_err());
        assert!(hosts.check(&Uri::from_static("/"), &HeaderMap::new(), local).is_err());
        let foreign = Uri::from_static("http://evil.example/");
        assert!(hosts.check(&foreign, &headers(&[("host", "localhost")]), local).is_err());
    }

    #[test]
    fn only_our_own_pages() {
        let host = Authority::from_static("localhost:9797");
        let fits = |all: &[(&'static str, &str)]| check_origin(&headers(all), &host).is_ok();
        assert!(fits(&[]) && fits(&[("origin", "http://localhost:9797"), ("sec-fetch-site", "same-origin")]));
        for origin in
            ["null", "http://localhost", "http://localhost:9798", "http://evil.example", "localhost:9797", ""]
        {
            assert!(!fits(&[("origin", origin)]), "{origin}");
        }
        assert!(!fits(&[("origin", "http://localhost:9797"), ("origin", "http://evil.example")]));
        assert!(!fits(&[("sec-fetch-site", "cross-site")]));
    }
}
