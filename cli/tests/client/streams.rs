use crate::kit::{MODEL, chat, client, of, raw, response, table, url};
use crate::support::Mock;
use holysheep_cb::Mode;
use holysheep_cb::client::{Piece, Request};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

const WORD: &str = "data: {\"choices\": [{\"delta\": {\"content\": \"one\"}}]}\n\n";

/// A stream that ends with its connection, whose body is sent in these parts, a moment apart.
fn streamed(parts: &'static [&'static str]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = stream.read(&mut [0; 1 << 16]);
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n";
            let _ = stream.write_all(head.as_bytes());
            for part in parts {
                let _ = stream.write_all(part.as_bytes());
                std::thread::sleep(Duration::from_millis(30)); // so that they are read one by one
            }
        }
    });
    to
}

/// The texts that come, and the kind of the failure that ends them.
fn read(to: SocketAddr) -> (Vec<String>, Option<&'static str>) {
    let client = client(&table(&[to], json!({"retry": {"max": 0}})));
    let mut stream = match client.stream(&chat()) {
        Ok(stream) => stream,
        Err(failure) => return (Vec::new(), Some(failure.kind.name())),
    };
    let mut texts = Vec::new();
    for piece in stream.by_ref() {
        match piece {
            Ok(piece) => texts.extend(Piece::text(&piece)),
            Err(failure) => return (texts, Some(failure.kind.name())),
        }
    }
    (texts, None)
}

/// Without a length nothing but the stream itself says whether it is whole.
#[test]
fn a_stream_that_is_not_whole_is_no_answer() {
    let (one, bad) = (vec!["one".to_owned()], Some("bad_response"));
    assert_eq!(read(streamed(&[WORD, "data: [DONE]\n\n"])), (one.clone(), None));
    assert_eq!(read(streamed(&[WORD])), (one.clone(), bad), "cut between two events");
    assert_eq!(read(streamed(&[WORD, "data: {\"choices\": [{\"del"])), (one, bad), "cut inside of one");
    for nothing in [
        &["data: [DONE]\n\n"][..],
        &["data: {\"choices\": [{\"delta\": {\"role\": \"assistant\"}}]}\n\n", "data: [DONE]\n\n"],
        &["data: {\"choices\": []}\n\ndata: [DONE]\n\n"],
        &["data: <html>502</html>\n\n"],
        &[""],
    ] {
        assert_eq!(read(streamed(nothing)), (vec![], bad), "{nothing:?}");
    }
}

/// Those that came before an error are handed out, also if they came with it; what the error says is told.
#[test]
fn pieces_before_an_error_are_not_lost() {
    const ERROR: &str = "data: {\"choices\": [{\"delta\": {\"content\": \"two\"}}]}\n\n\
        data: {\"error\": {\"message\": \"boom\", \"code\": \"server_error\"}}\n\ndata: [DONE]\n\n";
    let (texts, failure) = read(streamed(&[WORD, ERROR]));
    assert_eq!((texts, failure), (vec!["one".to_owned(), "two".to_owned()], Some("bad_response")));
    let to = streamed(&[
        "data: {\"error\": {\"message\": \"boom\", \"code\": \"model_not_found\"}}\n\ndata: [DONE]\n\n",
    ]);
    let client = client(&table(&[to], json!({"retry": {"max": 0}})));
    let failure = client.stream(&chat()).expect_err("an error");
    assert!(failure.message.contains("boom"), "{failure}");
    assert_eq!(failure.code.as_deref(), Some("model_not_found"));
}

/// A stream that is there at once is booked like any other, under the name that the table has for the model.
#[test]
fn every_stream_is_booked() {
    let usage = "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 0, \"completion_tokens\": 1000}}\n\n";
    let body = format!("{WORD}{usage}data: [DONE]\n\n");
    let to = raw(move |_| response("200 OK\r\nconnection: close\r\ncontent-type: text/event-stream", &body));
    let routes = json!([{"name": "r", "url": url(to), "models": {"nice": "ugly"}}]);
    let more = json!({"routes": routes, "prices": {"nice": {"output": 8.0}}, "budget_usd": 0.001});
    let client = client(&table(&[], more));
    let mut stream = client.stream(&Request::chat("nice", "hi")).expect("a stream");
    assert_eq!(stream.by_ref().filter(Result::is_ok).count(), 3);
    assert_eq!((stream.meta().usd, stream.meta().fallback_used), (Some(0.008), false));
    let spent = client.spent()[&("r".to_owned(), "nice".to_owned())];
    assert_eq!((spent.calls, spent.fallbacks), (1, 0));
    assert_eq!(client.stream(&Request::chat("nice", "hi")).expect_err("it is spent").kind.name(), "budget");
}

#[test]
fn what_a_stream_cost_is_not_known_where_it_told_no_usage() {
    let mock = Mock::start(&[]);
    let client = of(&mock, json!({"prices": {MODEL: {"output": 8.0}}}));
    let mut stream = client.stream(&chat()).expect("a stream");
    stream.by_ref().for_each(|piece| drop(piece.expect("a piece")));
    assert_eq!((stream.meta().usage, stream.meta().usd), (None, None));
}

#[test]
fn connections_of_streams_are_kept() {
    let mock = Mock::start(&["--phase", "healthy,chunks=3,interval=2ms"]);
    let client = of(&mock, json!({}));
    (0..10).for_each(|_| drop(client.stream(&chat()).expect("a stream").text().expect("all of it")));
    let accepted = mock.stats()["connections"]["accepted"].as_u64();
    assert!(accepted < Some(5), "{accepted:?} connections for 10 streams");
}

/// A service that answers all the time, for longer than the call may take, has not failed.
#[test]
fn a_long_stream_is_no_failure_of_the_service() {
    let mock = Mock::start(&["--phase", "healthy,chunks=1000,interval=20ms"]);
    let limits = json!({"connect_ms": 100, "total_ms": 2500, "route_wait_ms": 0});
    let routes = json!([{"name": "r0", "url": url(mock.api), "breaker": {"failure_threshold": 1}}]);
    let client = of(&mock, json!({"limits": limits, "retry": {"max": 0}, "routes": routes}));
    let last = client.stream(&chat()).expect("a stream").last().expect("an end");
    assert_eq!(last.map_err(|failure| failure.kind.name()).err(), Some("deadline"));
    assert_eq!(client.routes()[0].mode, Mode::Closed);
}

#[test]
fn a_stream_is_not_had_by_send() {
    let mock = Mock::start(&[]);
    let client = of(&mock, json!({}));
    let failure = client.send(&chat().field("stream", true)).expect_err("no stream");
    assert_eq!((failure.kind.name(), mock.total("received")), ("invalid_request", 0));
    client.send(&chat().field("stream", false)).expect("an answer");
}
