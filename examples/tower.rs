//! hyper's client behind a shared breaker: `cargo run --example tower --features tower -- http://host/path`. Without an
//! address it calls a server of its own on loopback, which answers once, then says for how long it is busy.
//!
//! Start it several times at once: all of the processes share the breaker.

use bytes::Bytes;
use holysheep_cb::tower::CircuitBreakerLayer;
use holysheep_cb::{Breaker, CallError, Segment};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;
use tower::{Layer as _, ServiceExt as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = match std::env::args().nth(1) {
        Some(address) => address,
        None => busy_server()?,
    };
    let segment = Segment::open("tower-example")?;
    let breaker = Breaker::builder().segment(&segment).open(&address)?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let guarded = CircuitBreakerLayer::new(breaker.clone()).layer(client);

    for call in 1..=5 {
        let request = http::Request::get(&address).body(Empty::new())?;
        match guarded.clone().oneshot(request).await {
            Ok(response) => {
                let status = response.status();
                let length = response.into_body().collect().await?.to_bytes().len();
                println!("call {call}: {status}, {length} bytes; the breaker is {}", breaker.snapshot().mode);
            }
            Err(CallError::Rejected(rejected)) => {
                println!("call {call}: not made: {rejected}");
                std::thread::sleep(rejected.retry_after.unwrap_or(Duration::from_secs(1)));
            }
            Err(CallError::Failed(error)) => println!("call {call}: {error}"),
        }
    }
    Ok(())
}

/// A server that answers 200, 429 with a waiting time, and 200 from then on.
fn busy_server() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}/v1/models", listener.local_addr()?);
    std::thread::spawn(move || -> std::io::Result<()> {
        let ok = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
        let busy = "HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nRetry-After: 0.85\r\nContent-Length: 0\r\n\r\n";
        for answer in [ok, busy].into_iter().chain(std::iter::repeat(ok)) {
            let (mut connection, _) = listener.accept()?;
            let _ = connection.read(&mut [0; 4096])?;
            connection.write_all(answer.as_bytes())?;
        }
        Ok(())
    });
    Ok(address)
}
