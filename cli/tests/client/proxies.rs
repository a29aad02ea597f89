//! Proxies of the environment. Each call is one of a child, whose environment is its own.

use crate::kit::{chat, child, client, table};
use crate::support::Mock;
use crate::tls::Server;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

/// The table of a child.
const TABLE: &str = "HSCB_TEST_TABLE";

/// What the library looks at; a child has none of its parent's.
const NAMES: [&str; 8] = [
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// The child's part: one call, and all that can be seen of it.
#[test]
fn child_entry() {
    let Ok(table) = std::env::var(TABLE) else { return };
    let client = client(&serde_json::from_str(&table).expect("a table"));
    let what = match client.send(&chat()) {
        Ok(answer) => format!("answered {}", answer.text().unwrap_or_default()),
        Err(failure) => format!("{} {failure} {failure:?}", failure.kind),
    };
    println!("{what} {client:?}");
}

/// Makes a call with this table in a child with these proxies.
fn call(table: &Value, proxies: &[(&str, &str)]) -> String {
    let mut child = child("proxies::child_entry");
    NAMES.iter().for_each(|name| _ = child.env_remove(name));
    let output = child.env(TABLE, table.to_string()).envs(proxies.iter().copied()).output().expect("a child");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    said
}

/// A proxy, and the heads of the requests that it got.
struct Proxy {
    at: SocketAddr,
    heads: Receiver<String>,
}

impl Proxy {
    /// One that tunnels to this address, whatever it is asked for.
    fn to(upstream: SocketAddr) -> Self {
        Self::start(move |mut stream| {
            let mut up = TcpStream::connect(upstream).expect("a server");
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").expect("written");
            let (mut from, mut back) =
                (stream.try_clone().expect("a clone"), up.try_clone().expect("a clone"));
            std::thread::spawn(move || std::io::copy(&mut from, &mut up));
            std::thread::spawn(move || std::io::copy(&mut back, &mut stream));
        })
    }

    /// One that answers so.
    fn answering(status: &'static str) -> Self {
        Self::start(move |mut stream| {
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).expect("written");
        })
    }

    fn start(then: impl Fn(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("an address");
        let (tell, heads) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let lines = BufReader::new(stream.try_clone().expect("a clone")).lines();
                let lines = lines.map_while(Result::ok).take_while(|line| !line.is_empty());
                let _ = tell.send(lines.collect::<Vec<_>>().join("\n"));
                then(stream);
            }
        });
        Self { at, heads }
    }

    /// Its address, with what it wants to know of its users.
    fn url(&self) -> String {
        format!("http://carol:hunter2@{}", self.at)
    }
}

/// `carol:hunter2`, as it is sent.
const BASIC: &str = "Y2Fyb2w6aHVudGVyMg==";

/// A table that leads to a host that only a proxy knows of.
fn away(url: &str, more: Value) -> Value {
    let mut table = table(&[], more);
    table["routes"] = json!([{"name": "away", "url": url, "allow_plain_http": true}]);
    table["retry"]["max"] = 0.into();
    table
}

/// Nothing that anybody can see has the proxy's password in it.
fn no_secret_in(said: &str) {
    assert!(!said.contains("hunter2") && !said.contains(BASIC), "{said}");
}

#[test]
fn a_plain_call_goes_through_a_tunnel() {
    let (mock, table) = (Mock::start(&[]), away("http://relay.test:8080/v1", json!({})));
    let proxy = Proxy::to(mock.api);
    let said = call(&table, &[("HTTP_PROXY", &proxy.url())]);
    assert!(said.contains("answered"), "{said}");
    no_secret_in(&said);
    let head = proxy.heads.recv().expect("it was asked");
    assert!(head.starts_with("CONNECT relay.test:8080 HTTP/1.1\n"), "{head}");
    assert!(head.contains(&format!("Proxy-Authorization: Basic {BASIC}")), "{head}");
    assert_eq!(mock.total("received"), 1);
}

#[test]
fn a_call_over_tls_goes_through_a_tunnel() {
    let server = Server::start("relay.test");
    let table = away("https://relay.test/v1", json!({"ca_file": server.certificate}));
    for name in ["ALL_PROXY", "https_proxy"] {
        let proxy = Proxy::to(server.at);
        let said = call(&table, &[(name, &proxy.url())]);
        assert!(said.contains("answered over TLS"), "{name}: {said}");
        no_secret_in(&said);
        assert!(proxy.heads.recv().expect("it was asked").starts_with("CONNECT relay.test:443 "));
    }
}

/// Whatever is the matter with a proxy is said to be the proxy's.
#[test]
fn a_proxy_that_fails_is_told_from_the_service() {
    let table = away("https://relay.test/v1", json!({}));
    for status in ["407 Proxy Authentication Required", "502 Bad Gateway"] {
        let proxy = Proxy::answering(status);
        let said = call(&table, &[("HTTPS_PROXY", &proxy.url())]);
        let what =
            format!("the proxy {}: CONNECT proxy failed: proxy server responded {}", proxy.at, &status[..3]);
        assert!(said.contains("connection ") && said.contains(&what), "{said}");
        no_secret_in(&said);
    }
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let said = call(&table, &[("HTTPS_PROXY", &format!("http://carol:hunter2@{nobody}"))]);
    assert!(said.contains("connection ") && said.contains(&format!("the proxy {nobody}: io: ")), "{said}");
    no_secret_in(&said);
    let said = call(&table, &[("ALL_PROXY", "socks5h://carol:hunter2@127.0.0.1:1080")]);
    assert!(said.contains("the proxy 127.0.0.1:1080: ") && said.contains("SOCKS"), "{said}");
    no_secret_in(&said);
}

#[test]
fn a_proxy_that_says_nothing_is_given_no_more_time_than_a_connection() {
    let silent = Proxy::start(|mut stream| _ = stream.read(&mut [0; 1]));
    let table = away("https://relay.test/v1", json!({"limits": {"connect_ms": 200, "route_wait_ms": 0}}));
    let said = call(&table, &[("HTTPS_PROXY", &silent.url())]);
    let what = format!("the proxy {}: no connection within connect_ms", silent.at);
    assert!(said.contains("connect_timeout ") && said.contains(&what), "{said}");
}

/// To this host itself, and to what `NO_PROXY` names, calls go straight.
#[test]
fn a_proxy_is_passed_by() {
    let (mock, proxy) = (Mock::start(&[]), Proxy::answering("502 Bad Gateway"));
    let url = proxy.url();
    let near = table(&[mock.api], json!({}));
    assert!(call(&near, &[("ALL_PROXY", &url)]).contains("answered"));
    let table = away("https://relay.invalid/v1", json!({}));
    for pattern in ["relay.invalid", ".invalid", "*"] {
        let said = call(&table, &[("ALL_PROXY", &url), ("NO_PROXY", pattern)]);
        assert!(said.contains("connection ") && !said.contains("proxy"), "{pattern}: {said}");
    }
    assert!(proxy.heads.try_recv().is_err(), "it was asked");
    let said = call(&table, &[("ALL_PROXY", &url), ("NO_PROXY", "other.invalid")]);
    assert!(said.contains("502") && proxy.heads.recv().is_ok(), "{said}");
}
