//! Real HTTP on loopback: a server that answers what it is told, byte for byte, and hyper's client behind the breaker.

use crate::support::recorded;
use ::http::{Request, Response};
use bytes::Bytes;
use holysheep_cb::tower::CircuitBreakerLayer;
use holysheep_cb::{Breaker, CallError, Config, ManualClock, Mode, Segment};
use http_body::Body;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::{self, legacy::Client};
use hyper_util::rt::TokioExecutor;
use std::fmt::Debug;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;
use tower::{Layer as _, ServiceExt as _};

const LENGTH: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntoken";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nto\r\n3\r\nken\r\n0\r\n\r\n";
const CUT_CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nto\r\n";
const CUT_LENGTH: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nto";
const EMPTY: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
const BUSY: &str = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0.85\r\nContent-Length: 4\r\n\r\nbusy";
const NOTHING: &str = "";

/// Serves one connection after the other: reads a request, answers, closes.
fn serve(answers: &'static [&'static str]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for answer in answers {
            let (connection, _) = listener.accept().unwrap();
            reply(connection, answer);
        }
    });
    address
}

fn reply(connection: TcpStream, answer: &str) {
    let mut reader = BufReader::new(&connection);
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap() > 2 {
        line.clear();
    }
    (&connection).write_all(answer.as_bytes()).unwrap();
}

async fn get(
    breaker: &Breaker<ManualClock>,
    address: SocketAddr,
) -> Result<Response<impl Body<Data = Bytes, Error: Debug> + Debug>, CallError<client::legacy::Error>> {
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http::<Empty<Bytes>>();
    let service = CircuitBreakerLayer::new(breaker.clone()).layer(client);
    service.oneshot(Request::get(format!("http://{address}/")).body(Empty::new()).unwrap()).await
}

fn breaker() -> (Breaker<ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    let config = Config::new().failure_threshold(3).failure_rate(0.0);
    let builder = Breaker::builder().segment(&Segment::private()).config(config).clock(clock.clone());
    (builder.open("relay").unwrap(), clock)
}

#[tokio::test]
async fn over_real_connections() {
    let answers =
        &[LENGTH, CHUNKED, EMPTY, NOT_FOUND, CHUNKED, CUT_CHUNKED, CUT_LENGTH, BUSY, LENGTH, LENGTH];
    let address = serve(answers);
    let (breaker, clock) = breaker();

    for expected in ["1 success", "2 success"] {
        let response = get(&breaker, address).await.unwrap();
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "token");
        assert_eq!(recorded(&breaker), expected);
    }
    let no_content = get(&breaker, address).await.unwrap();
    assert_eq!(recorded(&breaker), "3 success");
    drop(no_content);
    drop(get(&breaker, address).await.unwrap());
    assert_eq!(recorded(&breaker), "3 success, 1 ignored");
    drop(get(&breaker, address).await.unwrap());
    assert_eq!(recorded(&breaker), "3 success, 2 ignored");

    for expected in ["3 success, 1 failure, 2 ignored", "3 success, 2 failure, 2 ignored"] {
        let response = get(&breaker, address).await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.into_body().collect().await.is_err());
        assert_eq!(recorded(&breaker), expected);
    }

    assert_eq!(get(&breaker, address).await.unwrap().status(), 429);
    assert_eq!(recorded(&breaker), "3 success, 3 failure, 1 throttled, 2 ignored");
    let rejected = get(&breaker, address).await.unwrap_err();
    let CallError::Rejected(rejected) = rejected else { panic!("{rejected}") };
    assert_eq!(rejected.retry_after, Some(Duration::from_millis(850)));

    clock.advance(Duration::from_millis(850));
    for _ in 0..2 {
        get(&breaker, address).await.unwrap().into_body().collect().await.unwrap();
    }
    assert_eq!(breaker.snapshot().mode, Mode::Closed);
}

#[tokio::test]
async fn a_server_that_is_not_there_or_hangs_up_is_a_failure() {
    let (breaker, _) = breaker();
    assert!(matches!(get(&breaker, serve(&[NOTHING])).await, Err(CallError::Failed(_))));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = TcpStream::connect(listener.local_addr().unwrap()).unwrap(); // a port on which nobody listens
    let gone = taken.local_addr().unwrap();
    for _ in 0..2 {
        assert!(matches!(get(&breaker, gone).await, Err(CallError::Failed(_))));
    }
    assert!(matches!(get(&breaker, gone).await, Err(CallError::Rejected(_))));
    assert_eq!(recorded(&breaker), "3 failure, 1 rejected");
}

/// The same over a connection: a stream whose error comes after the headers were fine, and one that is left at its end.
#[tokio::test]
async fn streams_over_real_connections() {
    const ERROR: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n\
                         9\r\ndata: 1\n\n\r\n13\r\ndata: {\"error\": 1}\n\r\n1\r\n\n\r\n0\r\n\r\n";
    const DONE_AND_CUT: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n\
                                e\r\ndata: [DONE]\n\n\r\n";
    let address = serve(&[ERROR, DONE_AND_CUT]);
    let (breaker, _) = breaker();
    get(&breaker, address).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(recorded(&breaker), "1 failure");
    assert!(get(&breaker, address).await.unwrap().into_body().collect().await.is_err());
    assert_eq!(recorded(&breaker), "1 success, 1 failure");
}
