//! What the body says of the service, by default.

use crate::support::{Broken, Script, Step, always, call, calm, guard, recorded, response};
use ::http::Response;
use bytes::{Buf, Bytes};
use holysheep_cb::tower::CircuitBreakerLayer;
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::Layer as _;

const TOKEN: &str = "data: {\"choices\": []}\n\n";
const DONE: &str = "data: [DONE]\n\n";
const ERROR: &str = "data: {\"error\": {\"code\": \"server_error\"}}\n\n";
const LIMITED: &str = r#"{"error": {"code": "rate_limit_exceeded", "retry_after": 1.5}}"#;
const QUOTA: &str = r#"{"error": {"code": "insufficient_quota"}}"#;

fn stream(steps: &[Step]) -> Response<Script> {
    with("content-type", "text/event-stream", response(200, Script::chunked(steps)))
}

fn with<B>(name: &'static str, value: &'static str, mut response: Response<B>) -> Response<B> {
    response.headers_mut().insert(name, value.parse().unwrap());
    response
}

/// What is recorded after each frame, and once the body was dropped.
async fn after_each(scripted: Response<Script>, frames: usize) -> Vec<String> {
    let (breaker, _) = calm();
    let mut body = call(guard(&breaker, always(scripted))).await.unwrap().into_body();
    let mut seen = Vec::new();
    for _ in 0..frames {
        let _ = body.frame().await;
        seen.push(recorded(&breaker));
    }
    drop(body);
    seen.push(recorded(&breaker));
    seen
}

#[tokio::test]
async fn a_stream_is_over_at_its_last_message_whatever_becomes_of_it() {
    for last in [Step::Wait, Step::Fail, Step::Data(ERROR)] {
        let seen = after_each(stream(&[Step::Data(TOKEN), Step::Data(DONE), last]), 3).await;
        assert_eq!(seen, ["", "1 success", "1 success", "1 success"]);
    }
    let seen =
        after_each(stream(&[Step::Data(TOKEN), Step::Data("data: [DO"), Step::Data("NE]\n\n")]), 3).await;
    assert_eq!(seen, ["", "", "1 success", "1 success"]);
}

#[tokio::test]
async fn an_error_inside_of_a_200_is_a_failure_when_it_comes() {
    let seen = after_each(stream(&[Step::Data(TOKEN), Step::Data(ERROR), Step::Data(DONE)]), 3).await;
    assert_eq!(seen, ["", "1 failure", "1 failure", "1 failure"]);
}

#[tokio::test]
async fn a_stream_that_ends_without_data_or_is_cut_is_a_failure_and_one_that_is_dropped_is_ignored() {
    assert_eq!(after_each(stream(&[Step::Data(": busy\n\n")]), 2).await, ["", "1 failure", "1 failure"]);
    assert_eq!(after_each(stream(&[Step::Data(TOKEN), Step::Fail]), 2).await, ["", "1 failure", "1 failure"]);
    assert_eq!(after_each(stream(&[Step::Data(TOKEN), Step::Wait]), 1).await, ["", "1 ignored"]);
    assert_eq!(after_each(stream(&[Step::Data(TOKEN)]), 2).await, ["", "1 success", "1 success"]);
}

#[tokio::test]
async fn the_body_of_a_429_refines_it_and_without_it_the_status_stands() {
    for (body, read, dropped) in [
        (QUOTA, "1 ignored", "1 failure"),
        (LIMITED, "1 failure, 1 throttled", "1 failure"),
        ("{}", "1 failure", "1 failure"),
    ] {
        let scripted = response(429, Script::chunked(&[Step::Data(body)]));
        assert_eq!(after_each(scripted.clone(), 2).await[1], read, "{body}");
        assert_eq!(after_each(scripted, 0).await, [dropped], "{body}");
        let cut = response(429, Script::chunked(&[Step::Data("{"), Step::Fail]));
        assert_eq!(after_each(cut, 2).await[1], "1 failure");
    }
}

#[tokio::test]
async fn the_json_of_a_200_may_be_an_error() {
    let seen =
        after_each(response(200, Script::sized(&[Step::Data("{\"er"), Step::Data("ror\": 1}")])), 2).await;
    assert_eq!(seen, ["", "1 failure", "1 failure"]);
    let seen = after_each(response(200, Script::sized(&[Step::Data(QUOTA)])), 1).await;
    assert_eq!(seen, ["1 ignored"; 2]);
}

#[tokio::test]
async fn the_time_to_the_headers_may_be_the_duration_of_a_stream() {
    let (breaker, clock) = calm();
    let layer = CircuitBreakerLayer::new(breaker.clone()).time_to_headers();
    let service = layer.layer(always(stream(&[Step::Data(TOKEN), Step::Data(DONE)])));
    let body = call(service).await.unwrap().into_body();
    clock.advance(Duration::from_secs(30));
    body.collect().await.unwrap();
    assert_eq!(recorded(&breaker), "1 success");
    assert!(breaker.latency(1.0).unwrap() < Duration::from_secs(1));
}

#[tokio::test]
async fn what_is_compressed_is_judged_by_its_end() {
    for (coding, expected) in [("gzip", "1 success"), ("Identity", "1 failure")] {
        let scripted = with("content-encoding", coding, stream(&[Step::Data(ERROR)]));
        assert_eq!(after_each(scripted, 2).await[1], expected, "{coding}");
        let scripted =
            with("content-encoding", coding, response(200, Script::chunked(&[Step::Data("{\"error\": 1}")])));
        assert_eq!(after_each(scripted, 2).await[1], expected, "{coding}");
    }
}

/// Data in pieces that do not lie together, as of a body that adds to the chunks of another.
#[derive(Clone)]
struct Pieces(VecDeque<Bytes>);

impl Pieces {
    fn of(text: &str, size: usize) -> Self {
        Self(text.as_bytes().chunks(size).map(Bytes::copy_from_slice).collect())
    }
}

impl Buf for Pieces {
    fn remaining(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    fn chunk(&self) -> &[u8] {
        self.0.front().map_or(&[], |piece| piece)
    }

    fn chunks_vectored<'a>(&'a self, to: &mut [IoSlice<'a>]) -> usize {
        to.iter_mut().zip(&self.0).map(|(to, piece)| *to = IoSlice::new(piece)).count()
    }

    fn advance(&mut self, count: usize) {
        for _ in 0..count {
            let piece = self.0.front_mut().expect("as many bytes as remain");
            piece.advance(1);
            if piece.is_empty() {
                self.0.pop_front();
            }
        }
    }
}

/// A body of one chunk.
struct OneChunk(Option<Pieces>);

impl Body for OneChunk {
    type Data = Pieces;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Pieces>, Broken>>> {
        Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
    }
}

#[tokio::test]
async fn a_chunk_in_pieces_is_read_if_they_are_not_too_many() {
    let text = format!("{TOKEN}{ERROR}");
    for (size, expected) in [(text.len(), "1 failure"), (5, "1 failure"), (1, "1 success")] {
        let (breaker, _) = calm();
        let inner = tower::service_fn(|_| {
            let body = Response::new(OneChunk(Some(Pieces::of(&text, size))));
            std::future::ready(Ok::<_, Broken>(with("content-type", "text/event-stream", body)))
        });
        let collected = call(guard(&breaker, inner)).await.unwrap().into_body().collect().await.unwrap();
        assert_eq!(collected.to_bytes(), text, "the data is passed on whole");
        assert_eq!(recorded(&breaker), expected, "pieces of {size} bytes");
    }
}
