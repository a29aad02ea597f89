//! Requests over the wire: what is sent, what came back, and what ended it. The files between `watch` and this one are
//! the only ones that know ureq.

use super::kind::Kind;
use super::proxy::OverProxy;
use super::resolve::KeptResolver;
use super::socket::Dialer;
use super::watch::Watch;
use crate::error::ErrorKind;
use crate::response;
use std::io::Read;
use std::path::Path;
use std::time::Duration;
use ureq::http::header::CONTENT_TYPE;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Response};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::{Connector as _, RustlsConnector};
use ureq::{Agent, Body, BodyReader, Error, Timeout};

/// What makes requests; keeps connections.
pub(super) struct Wire {
    agent: Agent,
    /// To this host itself: over no proxy.
    near: Agent,
}

/// One request.
pub(super) struct Outgoing<'a> {
    pub(super) url: &'a str,
    /// JSON; `None` asks by GET.
    pub(super) body: Option<&'a [u8]>,
    pub(super) headers: &'a [(HeaderName, HeaderValue)],
    /// It is for this host itself.
    pub(super) is_near: bool,
}

/// The head of a response, and its body to be read.
pub(super) struct Incoming {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    body: BodyReader<'static>,
    watch: Watch,
    left: u64,
    limit: u64,
}

/// Why there is no response, or no more of it.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) kind: Kind,
    pub(super) why: String,
}

impl Wire {
    /// `roots`: whom to trust, and nobody else. `connect`: how long a connection may take.
    pub(super) fn new(roots: &RootCerts, connect: Duration) -> Self {
        Self { agent: agent(false, roots, connect), near: agent(true, roots, connect) }
    }

    /// Sends a request, and waits for the head of its response. One that finds a kept connection closed before a byte of an
    /// answer came is sent again, over a new one: the server had closed it in the meantime.
    pub(super) fn send(
        &self,
        request: &Outgoing<'_>,
        watch: Watch,
        max_body: u64,
    ) -> Result<Incoming, Broken> {
        let sent = loop {
            watch.sends();
            match watch.over(|| self.run(request)) {
                Err(Error::Io(_) | Error::ConnectionFailed | Error::Protocol(_))
                    if watch.is_on_a_kept_connection() && watch.verdict().is_none() => {}
                sent => break sent,
            }
        };
        match sent {
            Ok(response) => {
                let (head, body) = response.into_parts();
                let (status, headers, body) = (head.status.as_u16(), head.headers, body.into_reader());
                Ok(Incoming { status, headers, body, watch, left: max_body, limit: max_body })
            }
            Err(error) => Err(broken(&error, &watch)),
        }
    }

    fn run(&self, request: &Outgoing<'_>) -> Result<Response<Body>, Error> {
        let agent = if request.is_near { &self.near } else { &self.agent };
        match request.body {
            Some(body) => {
                let mut builder = agent.post(request.url).header(CONTENT_TYPE, JSON);
                for (name, value) in request.headers {
                    builder = builder.header(name.clone(), value.clone());
                }
                builder.send(body)
            }
            None => {
                let mut builder = agent.get(request.url);
                for (name, value) in request.headers {
                    builder = builder.header(name.clone(), value.clone());
                }
                builder.call()
            }
        }
    }
}

/// Whom to trust: the certificates of this file, or those that the library was built with.
pub(super) fn roots(ca_file: Option<&Path>) -> Result<RootCerts, crate::Error> {
    let Some(path) = ca_file else { return Ok(RootCerts::WebPki) };
    let wrong = |kind, what: String| {
        let message = format!(
            "the table of routes: ca_file, {}, {what}; it should be a file of certificates in PEM",
            path.display()
        );
        crate::Error::new(kind, message)
    };
    let text = std::fs::read(path).map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            std::io::ErrorKind::PermissionDenied => ErrorKind::Permission,
            _ => ErrorKind::Io,
        };
        wrong(kind, format!("cannot be read: {error}"))
    })?;
    let mut found = Vec::new();
    for item in parse_pem(&text) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(wrong(ErrorKind::Config, "is broken".to_owned())),
        }
    }
    match found.is_empty() {
        true => Err(wrong(ErrorKind::Config, "has no certificate in it".to_owned())),
        false => Ok(RootCerts::new_with_certs(&found)),
    }
}

fn agent(is_near: bool, roots: &RootCerts, connect: Duration) -> Agent {
    let config = Agent::config_builder().tls_config(TlsConfig::builder().root_certs(roots.clone()).build());
    let config = if is_near { config.proxy(None) } else { config };
    let config = config
        .timeout_resolve(Some(connect))
        .timeout_connect(Some(connect))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("holysheep-cb/", env!("CARGO_PKG_VERSION")))
        .max_idle_connections_per_host(64)
        .max_idle_connections(256)
        .build();
    let connector = ().chain(OverProxy::default()).chain(Dialer).chain(RustlsConnector::default());
    Agent::with_parts(config, connector, KeptResolver::default())
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What is read of a body at once.
const PIECE: usize = 16 << 10;

impl Incoming {
    /// The next piece of the body; 0 at its end.
    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<usize, Broken> {
        let Self { body, watch, .. } = self;
        let read = watch.over(|| body.read(into));
        match read {
            Ok(n) => {
                watch.body_came();
                let Some(left) = self.left.checked_sub(n as u64) else {
                    let why = format!("the body is longer than max_body_bytes, {}", self.limit);
                    return Err(Broken { kind: Kind::BadResponse, why });
                };
                self.left = left;
                Ok(n)
            }
            Err(error) => Err(broken(&Error::from(error), watch)),
        }
    }

    /// All of the body; each piece that comes is told of. What was read stays where it ends early. It is read to where it
    /// stays, and has no more room in the end than it takes, and a byte, by which its end was seen.
    pub(super) fn read_all(&mut self, whole: &mut Vec<u8>, mut came: impl FnMut()) -> Result<(), Broken> {
        let announced = self.header("content-length").and_then(|n| n.parse().ok());
        let room = announced.unwrap_or(usize::MAX).clamp(1, PIECE - 1) + 1;
        whole.reserve_exact(room);
        loop {
            if whole.len() == whole.capacity() {
                whole.reserve(PIECE);
            }
            let begin = whole.len();
            whole.resize(whole.capacity().min(begin + PIECE), 0);
            let read = self.read(&mut whole[begin..]);
            whole.truncate(begin + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                whole.shrink_to(whole.len() + 1);
                return Ok(());
            }
            came();
        }
    }

    /// All that matters was read: the rest is read, too, if it is there by now, so that the connection can be kept.
    pub(super) fn finish(&mut self) {
        const PATIENCE: Duration = Duration::from_millis(20);
        self.watch.hurry(PATIENCE);
        let mut rest = [0; 1024];
        for _ in 0..16 {
            if !matches!(self.read(&mut rest), Ok(1..)) {
                return;
            }
        }
    }

    /// Who judges it, by its status and its headers so far.
    pub(super) fn judge(&self) -> response::Response {
        let mut judge = response::Response::new(self.status, None);
        for (name, value) in &self.headers {
            judge.header(name.as_str().as_bytes(), value.as_bytes());
        }
        judge
    }

    /// A header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.watch.cancel().is_cancelled()
    }
}

/// What an error of ureq is. Its own message is shown where it cannot hold more than hosts and reasons.
fn broken(error: &Error, watch: &Watch) -> Broken {
    let kind = watch.verdict().unwrap_or(match error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => Kind::ConnectTimeout,
        Error::Timeout(_) => Kind::Deadline,
        Error::BadUri(_) | Error::Http(_) => Kind::InvalidRequest,
        _ => Kind::Connection,
    });
    let why = match kind {
        Kind::Cancelled => "the caller broke off".to_owned(),
        Kind::ChunkTimeout => "the body stood still for longer than chunk_ms".to_owned(),
        Kind::FirstByteTimeout => "no first byte of the body within first_byte_ms".to_owned(),
        Kind::ConnectTimeout => "no connection within connect_ms".to_owned(),
        Kind::Deadline => "the call's whole time, total_ms, is over".to_owned(),
        _ => error.to_string(),
    };
    match watch.stuck_at() {
        Some(proxy) if kind != Kind::Cancelled => Broken { kind, why: format!("the proxy {proxy}: {why}") },
        _ => Broken { kind, why },
    }
}
