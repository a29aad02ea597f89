//! Clients for tests.

use crate::support::Mock;
use holysheep_cb::Segment;
use holysheep_cb::client::{Client, Failure, Request};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;

pub(crate) const MODEL: &str = "gpt-4.1";

/// A client in a segment of its own.
pub(crate) fn client(table: &Value) -> Client {
    Client::open(&table.to_string(), &Segment::private()).unwrap_or_else(|error| panic!("{error}"))
}

/// A table with a route to each of these, with quick retries; `more` takes the place of its fields.
pub(crate) fn table(to: &[SocketAddr], more: Value) -> Value {
    let routes: Vec<Value> =
        (0..to.len()).map(|i| json!({"name": format!("r{i}"), "url": url(to[i])})).collect();
    let mut table = json!({
        "routes": routes,
        "retry": {"base_ms": 10, "cap_ms": 50, "jitter": 0},
        "limits": {"connect_ms": 8000, "first_byte_ms": 8000, "chunk_ms": 8000, "total_ms": 10000, "route_wait_ms": 0},
    });
    let (Some(all), Value::Object(more)) = (table.as_object_mut(), more) else { unreachable!("objects") };
    all.extend(more);
    table
}

pub(crate) fn url(to: SocketAddr) -> String {
    format!("http://{to}/v1")
}

/// A client of one mock.
pub(crate) fn of(mock: &Mock, more: Value) -> Client {
    client(&table(&[mock.api], more))
}

pub(crate) fn chat() -> Request {
    Request::chat(MODEL, "how do you do")
}

pub(crate) fn fails(client: &Client) -> Failure {
    client.send(&chat()).expect_err("it fails")
}

/// This binary again, for one test: the part of a child, whose environment is its own.
pub(crate) fn child(test: &str) -> Command {
    let mut child = Command::new(std::env::current_exe().expect("this binary"));
    child.args(["--exact", test, "--nocapture"]);
    child
}

/// No retries: for tests of a single attempt.
pub(crate) fn once() -> Value {
    json!({"retry": {"max": 0}})
}

/// A server that reads a request and then does what it is told, connection by connection.
pub(crate) fn raw(answer: impl Fn(usize) -> Vec<u8> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 64 << 10];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(&answer(number));
        }
    });
    address
}

/// A whole response.
pub(crate) fn response(head: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into()
}
