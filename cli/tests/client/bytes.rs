use crate::kit::{MODEL, chat, client, fails, raw, response, table};
use holysheep_cb::client::{Kind, Request};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

const ANSWER: &str = r#"{"id": "x", "choices": [{"message": {"role": "assistant", "content": "hello"}}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}"#;
const STREAM: &str = "data: {\"choices\": [{\"delta\": {\"content\": \"hel\"}}]}\n\ndata: {\"choices\": [{\"delta\": {\"content\": \"lo\"}}]}\n\ndata: [DONE]\n\n";

/// A breaker that opens for nothing, and no retries.
fn lenient(to: std::net::SocketAddr) -> holysheep_cb::client::Client {
    let never = json!({"failure_threshold": 0, "failure_rate": 0.0});
    let routes = json!([{"url": crate::kit::url(to), "breaker": never}]);
    client(&table(&[], json!({"routes": routes, "retry": {"max": 0}})))
}

/// An exchange cut after each of its bytes: an answer only where all of it came, and a failure with a name everywhere else.
#[test]
fn an_answer_cut_at_every_byte() {
    let whole = response("200 OK\r\ncontent-type: application/json", ANSWER);
    let length = whole.len();
    let client = lenient(raw(move |number| whole[..number.min(length)].to_vec()));
    for cut in 0..=length {
        let sent = client.send(&chat());
        match sent {
            Ok(answer) => assert_eq!((cut, answer.text().as_deref()), (length, Some("hello"))),
            Err(failure) => {
                let right = matches!(failure.kind, Kind::Connection | Kind::BadResponse);
                assert!(right && cut < length, "cut at {cut}: {failure}");
            }
        }
    }
}

#[test]
fn a_stream_cut_at_every_byte() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\ncontent-length: ";
    let whole = format!("{head}{}\r\n\r\n{STREAM}", STREAM.len()).into_bytes();
    let (length, done) = (whole.len(), whole.len() - 2);
    let client = lenient(raw(move |number| whole[..number.min(length)].to_vec()));
    for cut in 0..=length {
        let text = client.stream(&chat()).and_then(holysheep_cb::client::Stream::text);
        match text {
            // What follows the last message is nobody's loss.
            Ok(text) => assert!(text == "hello" && cut >= done - 1, "cut at {cut}: {text:?}"),
            Err(failure) => {
                let right = matches!(failure.kind, Kind::Connection | Kind::BadResponse);
                assert!(right && cut < length, "cut at {cut}: {failure}");
            }
        }
    }
}

/// A body that comes byte by byte is ended by the time of the call, and one that stands still by that of a piece.
#[test]
fn a_body_that_drips() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
                while stream.write_all(b" ").is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
        }
    });
    let limits = json!({"first_byte_ms": 5000, "chunk_ms": 5000, "total_ms": 400, "route_wait_ms": 0});
    let client = client(&table(&[to], json!({"limits": limits, "retry": {"max": 0}})));
    let begun = Instant::now();
    assert_eq!(fails(&client).kind.name(), "deadline");
    assert!(begun.elapsed() >= Duration::from_millis(395) && begun.elapsed() < Duration::from_secs(4));
}

#[test]
fn a_body_without_end_is_bounded() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
            let block = vec![b' '; 1 << 20];
            let sent = (0..100).take_while(|_| stream.write_all(&block).is_ok()).count();
            assert!(sent < 100, "all 100 MB were taken");
        }
    });
    let client = client(&table(&[to], json!({"retry": {"max": 0}, "max_body_bytes": 1 << 20})));
    let failure = fails(&client);
    assert_eq!(failure.kind.name(), "bad_response");
    assert!(failure.message.contains("longer than max_body_bytes, 1048576"), "{failure}");
}

/// The head of a request and a small body come in one piece, so that the server wakes once; a large body comes whole.
#[test]
fn what_is_sent_is_sent_at_once_and_whole() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = listener.local_addr().expect("an address");
    let (tells, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut bytes = vec![0; 1 << 20];
        while let Ok(first) = stream.read(&mut bytes) {
            let (mut all, head) = (first, String::from_utf8_lossy(&bytes[..first]).into_owned());
            let Some(begin) = head.find("\r\n\r\n").map(|at| at + 4) else { return };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
            while all < begin + length {
                all += stream.read(&mut bytes[all..]).expect("the rest");
            }
            let body: serde_json::Value = serde_json::from_slice(&bytes[begin..all]).expect("JSON");
            tells.send((first == all, body)).expect("the test waits");
            stream.write_all(&response("200 OK", ANSWER)).expect("sent");
        }
    });
    let client = client(&table(&[to], json!({"retry": {"max": 0}})));
    for length in [10, 3000, 5000, 500_000] {
        let text = "x".repeat(length);
        client.send(&Request::chat(MODEL, text.as_str())).expect("an answer");
        let (is_in_one_piece, heard) = told.recv().expect("a request");
        assert_eq!(heard["messages"][0]["content"], text);
        assert!(is_in_one_piece || length > 3000, "{length} bytes");
    }
}

/// Bytes that are no HTTP, no JSON and no stream.
#[test]
fn garbage() {
    let nonsense: Vec<Vec<u8>> = vec![
        b"\x00\xff\x00\xff".to_vec(),
        b"HTTP/1.1 999999 NO\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nno\r\n".to_vec(),
        response("200 OK", ""),
        response("200 OK", "<html>hello</html>"),
        response("200 OK", &"[".repeat(100_000)),
        response(
            "200 OK\r\ncontent-type: text/event-stream",
            "\u{0}\n\n:::\n\ndata\n\ndata: {\n\n\r\r\ndata: \u{feff}",
        ),
        response("200 OK\r\ncontent-type: text/event-stream", ""),
        response("301 Moved\r\nlocation: http://127.0.0.1:1/", ""),
        response("204 No Content", ""),
        [b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'a'; 200_000], b"\r\n\r\n".to_vec()].concat(),
    ];
    let count = nonsense.len();
    let client = lenient(raw(move |number| nonsense[number / 2 % count].clone()));
    for number in 0..count {
        let failure = fails(&client);
        let right = matches!(failure.kind, Kind::Connection | Kind::BadResponse);
        assert!(right, "{number}: {failure:?}");
        match client.stream(&chat()) {
            Ok(stream) => drop(stream.text()),
            Err(failure) => assert!(!failure.message.is_empty()),
        }
    }
}
