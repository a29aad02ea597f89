//! Requests and answers.

use super::cost::Usage;
use super::watch::Cancel;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A call to be made: a path below the endpoint's URL, and a JSON object, of which nothing but `model` is changed.
///
/// ```
/// use holysheep_cb::client::Request;
/// use std::time::Duration;
///
/// let request = Request::chat("gpt-4.1", "Say hello.").field("temperature", 0.2).timeout(Duration::from_secs(20));
/// assert_eq!(request.model(), Some("gpt-4.1"));
/// ```
#[derive(Clone)]
#[must_use]
pub struct Request {
    pub(super) path: String,
    /// `None` asks by GET.
    pub(super) body: Option<Map<String, Value>>,
    pub(super) timeout: Option<Duration>,
    pub(super) cache: bool,
    pub(super) or_stale: bool,
    pub(super) or: Option<Value>,
    pub(super) cancel: Cancel,
}

impl Request {
    /// A JSON object to a path, such as `/embeddings`.
    pub fn post(path: impl Into<String>, body: Map<String, Value>) -> Self {
        Self { body: Some(body), ..Self::get(path) }
    }

    /// What a path has, such as `/models`.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            body: None,
            timeout: None,
            cache: true,
            or_stale: false,
            or: None,
            cancel: Cancel::new(),
        }
    }

    /// A chat with one message of a user.
    pub fn chat(model: impl Into<String>, message: impl Into<String>) -> Self {
        let message = serde_json::json!([{ "role": "user", "content": message.into() }]);
        let fields = [("model", Value::from(model.into())), ("messages", message)];
        Self::post(
            "/chat/completions",
            fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
        )
    }

    /// Embeddings of texts.
    pub fn embeddings(model: impl Into<String>, input: Vec<String>) -> Self {
        let fields = [("model", Value::from(model.into())), ("input", Value::from(input))];
        Self::post("/embeddings", fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
    }

    /// A field of the body, in the place of what was there.
    pub fn field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.body.get_or_insert_default().insert(name.into(), value.into());
        self
    }

    /// The whole time of the call, over all attempts and routes, instead of the table's.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Neither take an answer from the cache nor keep it.
    pub fn no_cache(mut self) -> Self {
        self.cache = false;
        self
    }

    /// Where all fails, take the last good answer to the same request, however old (within the cache's `stale_ms`).
    pub fn or_stale(mut self) -> Self {
        self.or_stale = true;
        self
    }

    /// Where all fails, take this as the answer's body.
    pub fn or(mut self, body: impl Into<Value>) -> Self {
        self.or = Some(body.into());
        self
    }

    /// By what the call can be broken off from another thread.
    pub fn cancel(mut self, cancel: &Cancel) -> Self {
        self.cancel = cancel.clone();
        self
    }

    /// The model that it asks for.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.body.as_ref()?.get("model")?.as_str()
    }

    /// Its answer is to come in pieces.
    pub(super) fn asks_for_a_stream(&self) -> bool {
        self.body.as_ref().and_then(|body| body.get("stream")) == Some(&Value::Bool(true))
    }

    /// About how many tokens it will use: four bytes each, and as many for the answer as it allows.
    pub(super) fn tokens(&self, bytes: usize) -> u32 {
        let most = ["max_completion_tokens", "max_tokens", "max_output_tokens"];
        let body = self.body.as_ref();
        let output = most.iter().find_map(|name| body?.get(*name)?.as_u64()).unwrap_or(0);
        u32::try_from((bytes as u64 / 4).saturating_add(output)).unwrap_or(u32::MAX)
    }

    /// What two requests have in common that have one answer: the path and the body with its fields in order.
    pub(super) fn canonical(&self) -> String {
        let body = self.body.as_ref().map(|body| Value::Object(body.clone()).to_string());
        format!("{}\n{}", self.path, body.unwrap_or_default())
    }
}

impl fmt::Debug for Request {
    /// Without the body, which is the user's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("path", &self.path)
            .field("model", &self.model())
            .finish_non_exhaustive()
    }
}

/// An answer: its body as it came, and what became of the call on its way.
#[derive(Clone)]
pub struct Answer {
    pub(super) body: Arc<Vec<u8>>,
    pub(super) json: Arc<Value>,
    /// What became of the call on its way.
    pub meta: Meta,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// From the service, now.
    Service,
    /// From the cache.
    Cache,
    /// The last good one, as all else failed.
    Stale,
    /// What the request said to take, as all else failed.
    Static,
}

/// What became of a call on its way.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Meta {
    /// Where it comes from.
    pub source: Source,
    /// The route that answered; empty for a static answer.
    pub route: String,
    /// The account that it was charged to.
    pub account: Option<String>,
    /// The model that answered, as the route calls it.
    pub model: String,
    /// It is another model than was asked for.
    pub fallback_used: bool,
    /// Requests that were sent for it.
    pub attempts: u32,
    /// From the first attempt to the end.
    pub latency: Duration,
    /// From sending the request that was answered to the first byte of the answer.
    pub first_byte: Duration,
    /// Tokens, as the service counts them.
    pub usage: Option<Usage>,
    /// What it cost, where the model has a price.
    pub usd: Option<f64>,
    /// The request's number at the service.
    pub request_id: Option<String>,
}

impl Answer {
    /// The body, as it came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The same, to be kept: copied only where others have the answer, too.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        Arc::unwrap_or_clone(self.body)
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// The text that the model has written, whatever the provider's format; `None` if there is none.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        text_of(&self.json)
    }
}

impl fmt::Debug for Answer {
    /// Without the body, which is the user's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("bytes", &self.body.len()).field("meta", &self.meta).finish()
    }
}

/// The text of an answer, or of a piece of a stream, in the formats of OpenAI (chats, completions, responses), Anthropic
/// and Google.
pub(super) fn text_of(json: &Value) -> Option<String> {
    let joined = |parts: &Value| {
        let texts: Vec<&str> =
            parts.as_array()?.iter().filter_map(|part| part.get("text")?.as_str()).collect();
        (!texts.is_empty()).then(|| texts.concat())
    };
    let text = |value: &Value| value.as_str().map(str::to_owned).or_else(|| joined(value));
    if let Some(choice) = json.get("choices").and_then(|choices| choices.get(0)) {
        let message = choice.get("message").or_else(|| choice.get("delta"));
        return message
            .and_then(|message| message.get("content"))
            .or_else(|| choice.get("text"))
            .and_then(text);
    }
    if let Some(candidate) = json.get("candidates").and_then(|candidates| candidates.get(0)) {
        return candidate.get("content").and_then(|content| content.get("parts")).and_then(joined);
    }
    if let Some(output) = json.get("output").and_then(Value::as_array) {
        let texts: Vec<_> = output.iter().filter_map(|item| item.get("content").and_then(joined)).collect();
        return (!texts.is_empty()).then(|| texts.concat());
    }
    // A piece of Anthropic's streams, or of OpenAI's responses.
    match json.get("delta") {
        Some(delta) => delta.get("text").unwrap_or(delta).as_str().map(str::to_owned),
        None => json.get("content").and_then(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_text_in_every_format() {
        for (format, text) in [
            (json!({"choices": [{"message": {"content": "hi"}}]}), Some("hi")),
            (
                json!({"choices": [{"message": {"content": [{"type": "text", "text": "h"}, {"text": "i"}]}}]}),
                Some("hi"),
            ),
            (json!({"choices": [{"text": "hi"}]}), Some("hi")),
            (json!({"choices": [{"delta": {"content": "hi"}}]}), Some("hi")),
            (json!({"choices": [{"message": {"content": null, "tool_calls": []}}]}), None),
            (json!({"content": [{"type": "text", "text": "hi"}, {"type": "tool_use"}]}), Some("hi")),
            (json!({"candidates": [{"content": {"parts": [{"text": "h"}, {"text": "i"}]}}]}), Some("hi")),
            (json!({"output": [{"type": "reasoning"}, {"content": [{"text": "hi"}]}]}), Some("hi")),
            (json!({"type": "content_block_delta", "delta": {"text": "hi"}}), Some("hi")),
            (json!({"type": "response.output_text.delta", "delta": "hi"}), Some("hi")),
            (json!({"data": [{"embedding": [1]}]}), None),
            (json!([]), None),
        ] {
            assert_eq!(text_of(&format).as_deref(), text, "{format}");
        }
    }

    #[test]
    fn two_requests_are_one_whatever_the_order_of_their_fields() {
        let one = Request::chat("m", "hi").field("top_p", 1).field("seed", 7);
        let other = Request::chat("m", "hi").field("seed", 7).field("top_p", 1);
        assert_eq!(one.canonical(), other.canonical());
        assert_ne!(one.canonical(), Request::chat("m", "ho").canonical());
        assert_eq!(Request::chat("m", "hi").field("max_tokens", 100).tokens(400), 200);
        assert!(!format!("{:?}", Request::chat("m", "secret")).contains("secret"));
    }
}
