//! What does it cost to judge a response while it comes in?
//!
//! A token is one event of a stream, as the providers send them (170 to 280 bytes), fed as one chunk to a response that
//! has seen thousands; the budget is far less than 1 us. The others are whole responses, from status to verdict.
//! Overhead: one closure per operation, and the drop of the response where there is one.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use holysheep_cb::response::{End, Response, Verdict, breaker_name};
use std::hint::black_box;

const CHAT: &str = r#"data: {"id":"chatcmpl-AbC","object":"chat.completion.chunk","created":1769536800,"model":"gpt-4.1","system_fingerprint":"fp_0","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}]}

"#;
const ANTHROPIC: &str = r#"event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" token, and a few words more of it"}}

"#;
const RESPONSES: &str = r#"event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":7,"item_id":"msg_0123456789abcdef0123456789abcdef","output_index":0,"content_index":0,"delta":" token","logprobs":[]}

"#;
const ESCAPED: &str = r#"data: {"id":"0","object":"chat.completion.chunk","created":1769536800,"model":"deepseek-chat","choices":[{"index":0,"delta":{"content":"\u4f60\u597d\uff0c\u4e16\u754c\n\"quoted\""},"finish_reason":null}]}

"#;
/// It has to be parsed.
const ABOUT_ERRORS: &str = r#"data: {"id":"0","object":"chat.completion.chunk","created":1769536800,"model":"openrouter","error":null,"choices":[{"index":0,"delta":{"content":" token"},"finish_reason":null}]}

"#;
const LIMITED: &[u8] = br#"{"error": {"code": "rate_limit_exceeded", "message": "Slow down", "param": null, "type": "rate_limit",
"retry_after": 1.2, "request_id": "hs_req_0123456789"}}"#;

fn stream() -> Response {
    let mut response = Response::new(200, Some(1_769_536_800_000));
    response.header(b"content-type", b"text/event-stream; charset=utf-8");
    response
}

fn limited() -> Verdict {
    let mut response = Response::new(429, Some(1_769_536_800_000));
    for (name, value) in [
        ("Date", "Tue, 27 Jan 2026 18:00:00 GMT"),
        ("Content-Type", "application/json"),
        ("Content-Length", "166"),
        ("x-ratelimit-limit", "60"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1769536802"),
        ("x-request-id", "hs_req_0123456789"),
    ] {
        response.header(name.as_bytes(), value.as_bytes());
    }
    response.body(LIMITED);
    response.end(End::Complete)
}

fn tokens(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("token");
    for (name, chunk) in [
        ("chat completions", CHAT),
        ("Anthropic", ANTHROPIC),
        ("Responses API", RESPONSES),
        ("escaped text", ESCAPED),
        ("with \"error\": null", ABOUT_ERRORS),
    ] {
        let mut response = stream();
        group.throughput(Throughput::Bytes(chunk.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| assert!(!response.body(black_box(chunk.as_bytes()))));
        });
    }
    group.finish();
}

fn whole(criterion: &mut Criterion) {
    let answer =
        format!(r#"{{"id": "0", "choices": [{{"message": {{"content": "{}"}}}}]}}"#, "word ".repeat(800));
    let request =
        format!(r#"{{"messages": [{{"content": "{}"}}], "model": "gpt-4.1"}}"#, "word ".repeat(800));
    let mut group = criterion.benchmark_group("response");
    group.bench_function("429 with its headers and body", |bencher| bencher.iter(limited));
    group.bench_function("200 of 4 KB", |bencher| {
        bencher.iter(|| {
            let mut response = Response::new(200, Some(1_769_536_800_000));
            response.body(black_box(answer.as_bytes()));
            response.end(End::Complete)
        });
    });
    group.bench_function("name of a request of 4 KB", |bencher| {
        bencher.iter(|| breaker_name("api.holysheep.ai", black_box(request.as_bytes())));
    });
    group.finish();
}

criterion_group!(benches, tokens, whole);
criterion_main!(benches);
