//! What healthy answers say.

use super::call::Call;
use super::draw::Draw;
use super::problem::unix_time;
use axum::body::Bytes;
use serde_json::{Value, json};

/// The models that `GET /v1/models` lists; requests may name any other.
const MODELS: [&str; 5] =
    ["deepseek-v3.2", "gemini-2.5-flash", "gpt-4.1", "claude-sonnet-4.5", "text-embedding-3-small"];

/// The words that completions are made of.
const WORDS: [&str; 12] =
    ["quiet", "rivers", "carry", "small", "boats", "past", "green", "hills", "toward", "an", "open", "sea"];

/// A completion of `words` words.
pub(super) fn completion(call: &Call, draw: &Draw, words: u64) -> Value {
    let text: Vec<_> = (0..words).map(|n| word(draw, n)).collect();
    let message = json!({ "role": "assistant", "content": text.join(" ") });
    let choices = json!([{ "index": 0, "message": message, "finish_reason": "stop" }]);
    let mut reply = frame(call, draw, "chat.completion", choices);
    reply["usage"] = usage(call, words);
    reply
}

/// The n-th chunk with content of a stream; the first also says who speaks.
pub(super) fn chunk(call: &Call, draw: &Draw, n: u64) -> Bytes {
    let space = if n == 0 { "" } else { " " };
    let mut delta = json!({ "content": format!("{space}{}", word(draw, n)) });
    if n == 0 {
        delta["role"] = "assistant".into();
    }
    part(call, draw, json!([{ "index": 0, "delta": delta, "finish_reason": null }]))
}

/// The chunk after the last with content.
pub(super) fn finish(call: &Call, draw: &Draw) -> Bytes {
    part(call, draw, json!([{ "index": 0, "delta": {}, "finish_reason": "stop" }]))
}

/// The chunk with the usage.
pub(super) fn usage_chunk(call: &Call, draw: &Draw, words: u64) -> Bytes {
    let mut reply = frame(call, draw, "chat.completion.chunk", json!([]));
    reply["usage"] = usage(call, words);
    event(&reply)
}

/// A server-sent event that carries JSON.
pub(super) fn event(value: &Value) -> Bytes {
    Bytes::from(format!("data: {value}\n\n"))
}

/// The last event of a stream.
pub(super) const DONE: Bytes = Bytes::from_static(b"data: [DONE]\n\n");

/// One embedding for every input: the same for the same input.
pub(super) fn embeddings(call: &Call) -> Value {
    let one = |(index, input): (usize, &Value)| {
        let vector = vector(input, call.dimensions);
        json!({ "object": "embedding", "index": index, "embedding": vector })
    };
    let data: Vec<_> = call.inputs.iter().enumerate().map(one).collect();
    let tokens = call.prompt_tokens;
    let usage = json!({ "prompt_tokens": tokens, "total_tokens": tokens });
    json!({ "object": "list", "data": data, "model": call.model, "usage": usage })
}

/// The list of models.
pub(super) fn models() -> Value {
    let data = MODELS.map(|id| json!({ "id": id, "object": "model", "created": 0, "owned_by": "hscb-mock" }));
    json!({ "object": "list", "data": data })
}

fn frame(call: &Call, draw: &Draw, object: &str, choices: Value) -> Value {
    json!({
        "id": format!("chatcmpl-{:016x}", draw.id), "object": object, "created": unix_time().as_secs(),
        "model": call.model, "choices": choices,
    })
}

fn part(call: &Call, draw: &Draw, choices: Value) -> Bytes {
    event(&frame(call, draw, "chat.completion.chunk", choices))
}

fn usage(call: &Call, words: u64) -> Value {
    let prompt = call.prompt_tokens;
    json!({ "prompt_tokens": prompt, "completion_tokens": words, "total_tokens": prompt + words })
}

fn word(draw: &Draw, n: u64) -> &'static str {
    WORDS[(draw.id.wrapping_add(n) % WORDS.len() as u64) as usize]
}

/// Numbers in -1..1 that depend on the input alone (FNV-1a, then xorshift).
fn vector(input: &Value, dimensions: usize) -> Vec<f64> {
    let text = input.to_string();
    let mut state =
        text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    state |= 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f64::from((state >> 44) as i32 - (1 << 19)) / f64::from(1 << 19)
    };
    (0..dimensions).map(|_| next()).collect()
}
