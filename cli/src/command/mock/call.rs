//! A request to the API, read with bounds and checked as far as the answers need it.

use super::problem::Problem;
use super::tally::Endpoint;
use crate::cli::Secret;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt as _;
use serde_json::{Map, Value};

/// The most bytes that a request may have.
pub(super) const LONGEST_BODY: usize = 16 << 20;

/// Of a request that is too long this much is read and thrown away, for a client that is still sending when
/// the connection closes never sees the answer.
const LONGEST_DRAIN: usize = 4 * LONGEST_BODY;

/// The most inputs of one request for embeddings.
const MOST_INPUTS: usize = 2048;

/// What a request asks for.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Call {
    /// The model, which the answer repeats.
    pub(super) model: String,
    /// Whether the answer is to be a stream.
    pub(super) stream: bool,
    /// Whether the stream is to end with the usage.
    pub(super) include_usage: bool,
    /// Words in what was sent.
    pub(super) prompt_tokens: u64,
    /// What is to be embedded.
    pub(super) inputs: Vec<Value>,
    /// Numbers in one embedding.
    pub(super) dimensions: usize,
}

/// Reads a body of at most [`LONGEST_BODY`] bytes.
pub(super) async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    let mut chunks = body.into_data_stream();
    let (mut bytes, mut total) = (Vec::new(), 0usize);
    while let Some(chunk) = chunks.next().await {
        let chunk: Bytes =
            chunk.map_err(|e| invalid(StatusCode::BAD_REQUEST, format!("the body broke off: {e}")))?;
        total = total.saturating_add(chunk.len());
        if total <= LONGEST_BODY {
            bytes.extend_from_slice(&chunk);
        } else if total > LONGEST_DRAIN {
            break;
        }
    }
    if total > LONGEST_BODY {
        let message = format!("the request is too long; allowed: {LONGEST_BODY} bytes");
        return Err(invalid(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    Ok(bytes)
}

/// Whether the request carries the key that the server asks for.
pub(super) fn authorize(key: Option<&Secret>, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(key) = key else { return Ok(()) };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match given.and_then(|value| value.split_once(' ')) {
        Some((scheme, word)) if scheme.eq_ignore_ascii_case("bearer") && key.is(word.trim()) => Ok(()),
        _ => Err(Problem::key()),
    }
}

impl Call {
    /// Reads what stands in the body of a request to `endpoint`.
    pub(super) fn parse(endpoint: Endpoint, body: &[u8]) -> Result<Self, Problem> {
        if endpoint == Endpoint::Models {
            return Ok(Self::default());
        }
        let value = serde_json::from_slice(body)
            .map_err(|e| invalid(StatusCode::BAD_REQUEST, format!("the body is not JSON: {e}")))?;
        let Value::Object(fields) = value else {
            return Err(invalid(StatusCode::BAD_REQUEST, "the body is not a JSON object"));
        };
        let model = match fields.get("model").and_then(Value::as_str) {
            Some(model) if !model.is_empty() => model.to_owned(),
            _ => return Err(missing("model", "model is required: a text that is not empty")),
        };
        if endpoint == Endpoint::Embeddings { embeddings(model, &fields) } else { chat(model, &fields) }
    }
}

fn chat(model: String, fields: &Map<String, Value>) -> Result<Call, Problem> {
    let messages = match fields.get("messages") {
        Some(Value::Array(messages)) if !messages.is_empty() => messages,
        _ => return Err(missing("messages", "messages is required: a list that is not empty")),
    };
    let stream = match fields.get("stream") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(stream)) => *stream,
        Some(_) => return Err(missing("stream", "stream is neither true nor false")),
    };
    let include_usage =
        fields.get("stream_options").and_then(|options| options.get("include_usage")) == Some(&true.into());
    let prompt_tokens = messages.iter().filter_map(|message| message.get("content")).map(words).sum();
    Ok(Call { model, stream, include_usage, prompt_tokens, ..Call::default() })
}

fn embeddings(model: String, fields: &Map<String, Value>) -> Result<Call, Problem> {
    let inputs = match fields.get("input") {
        Some(Value::Array(list)) if list.iter().all(Value::is_u64) && !list.is_empty() => {
            vec![Value::Array(list.clone())]
        }
        Some(Value::Array(list)) if (1..=MOST_INPUTS).contains(&list.len()) => list.clone(),
        Some(text @ Value::String(_)) => vec![text.clone()],
        _ => return Err(missing("input", "input is required: a text, or a list of 1..=2048 of them")),
    };
    let dimensions = match fields.get("dimensions") {
        None | Some(Value::Null) => 1536,
        Some(given) => match given.as_u64().filter(|n| (1..=4096).contains(n)) {
            Some(dimensions) => dimensions as usize,
            None => return Err(missing("dimensions", "dimensions is not a whole number 1..=4096")),
        },
    };
    let prompt_tokens = inputs.iter().map(words).sum();
    Ok(Call { model, prompt_tokens, inputs, dimensions, ..Call::default() })
}

/// Words of a text, of the parts of a message, or tokens that were counted by the client.
fn words(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.split_whitespace().count() as u64,
        Value::Array(parts) => parts.iter().map(words).sum(),
        Value::Object(part) => part.get("text").map_or(0, words),
        Value::Number(_) => 1,
        Value::Null | Value::Bool(_) => 0,
    }
}

fn invalid(status: StatusCode, message: impl Into<String>) -> Problem {
    Problem::invalid(status, message)
}

fn missing(param: &'static str, message: &str) -> Problem {
    invalid(StatusCode::BAD_REQUEST, message).at(param)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_in_texts_parts_and_tokens() {
        let body = br#"{"model": "m", "messages": [{"role": "user", "content": "one two  three"},
            {"role": "user", "content": [{"type": "text", "text": "four five"}, {"type": "image_url"}]}]}"#;
        let call = Call::parse(Endpoint::Chat, body).expect("good");
        assert_eq!((call.model.as_str(), call.prompt_tokens, call.stream), ("m", 5, false));
        let call = Call::parse(Endpoint::Embeddings, br#"{"model": "e", "input": [5, 6, 7]}"#).expect("good");
        assert_eq!((call.inputs.len(), call.prompt_tokens), (1, 3));
    }

    #[test]
    fn what_is_missing_is_named() {
        let told = |body: &str| Call::parse(Endpoint::Chat, body.as_bytes()).expect_err("bad").param;
        assert_eq!(told("{"), None);
        assert_eq!(told("{}"), Some("model"));
        assert_eq!(told(r#"{"model": "m", "messages": []}"#), Some("messages"));
        assert_eq!(told(r#"{"model": "m", "messages": [1], "stream": 1}"#), Some("stream"));
    }
}
