//! What a whole response is: an answer, or which kind of failure. Whether the service failed is the judge's to say
//! (`response`); here it is told which kind of failure it was, and whether a 200 is an answer at all.

use super::kind::Kind;
use crate::response::{Cause, Verdict};
use serde_json::Value;

/// What the service said of an error, for people and for support.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) message: Option<String>,
    pub(super) code: Option<String>,
    pub(super) request_id: Option<String>,
}

/// No message of a service is shown at greater length.
const LONGEST_MESSAGE: usize = 500;

impl Said {
    /// From a body that may be anything.
    pub(super) fn of(body: &[u8]) -> Self {
        let Ok(json) = serde_json::from_slice::<Value>(body) else {
            let text = String::from_utf8_lossy(body);
            let message = shown(text.trim());
            return Self { message: (!message.is_empty()).then_some(message), ..Self::default() };
        };
        // Google wraps what it streams in an array.
        let json = json.get(0).unwrap_or(&json);
        let error = json.get("error").unwrap_or(json);
        let text = |value: &Value| match value {
            Value::String(text) => Some(shown(text)),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let field = |name: &str| error.get(name).and_then(text);
        let words: Vec<_> = ["code", "type", "status", "param"].into_iter().filter_map(field).collect();
        Self {
            message: field("message").or_else(|| text(error)),
            code: (!words.is_empty()).then(|| words.join(", ")),
            request_id: field("request_id").or_else(|| json.get("request_id").and_then(text)),
        }
    }
}

/// What a stream has come to so far, as far as its format is known.
#[derive(Debug, Default)]
pub(super) struct Sense {
    /// It said something.
    pub(super) spoke: bool,
    /// It said that it has ended.
    pub(super) ended: bool,
}

impl Sense {
    /// An event. What is no JSON in a stream of it is an error.
    pub(super) fn note(&mut self, data: &str) -> Result<Option<Value>, String> {
        if data.trim() == "[DONE]" {
            self.ended = true;
            return Ok(None);
        }
        let json: Value =
            serde_json::from_str(data).map_err(|error| format!("an event is no JSON: {error}"))?;
        let choices = json.get("choices").and_then(Value::as_array);
        for choice in choices.into_iter().flatten() {
            self.spoke |= says(choice);
            self.ended |= choice.get("finish_reason").is_some_and(|reason| !reason.is_null());
        }
        let kind = json.get("type").and_then(Value::as_str).unwrap_or_default();
        self.ended |= matches!(kind, "message_stop" | "response.completed" | "response.incomplete");
        self.spoke |=
            matches!(kind, "content_block_start" | "content_block_delta") || kind.ends_with(".delta");
        Ok(Some(json))
    }

    /// What is wrong with a stream that is over, if anything is.
    pub(super) fn flaw(&self) -> Option<&'static str> {
        match (self.spoke, self.ended) {
            (true, true) => None,
            (_, false) => Some("the stream was cut off: nothing says that it has ended"),
            (false, true) => Some("the stream says nothing"),
        }
    }
}

/// Whether a body has no error in it that the judge would see.
pub(super) fn tells_of_no_error(json: &Value) -> bool {
    json.as_object().is_some_and(|body| body.get("error").is_none_or(Value::is_null))
}

/// Whether an event tells of an error.
pub(super) fn tells_of_an_error(json: &Value) -> bool {
    let some = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
    some(json.get("error"))
        || some(json.pointer("/response/error"))
        || json.get("type") == Some(&"error".into())
}

/// Without control characters, and not for ever.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST_MESSAGE).collect()
}

/// Which kind of failure a verdict is; `None` if it is none so far.
pub(super) fn kind_of(verdict: Verdict, status: u16, said: &Said) -> Option<Kind> {
    Some(match verdict.cause {
        Cause::Ok if status >= 300 => Kind::BadResponse,
        Cause::Ok => return None,
        Cause::ClientError if status == 404 || said.names("model_not_found") => Kind::NotFound,
        Cause::ClientError => Kind::InvalidRequest,
        Cause::Auth | Cause::Permission => Kind::Auth,
        Cause::Quota => Kind::Quota,
        Cause::RateLimited => Kind::RateLimit,
        Cause::Overloaded => Kind::Overloaded,
        Cause::ServerError | Cause::Timeout => Kind::Server,
        Cause::StreamError | Cause::Empty => Kind::BadResponse,
        Cause::Cut => Kind::Connection,
        Cause::Abandoned => Kind::Cancelled,
    })
}

impl Said {
    /// Without these, which a service may have repeated.
    pub(super) fn without<'a>(mut self, secrets: impl Iterator<Item = &'a str>) -> Self {
        for secret in secrets {
            for text in [&mut self.message, &mut self.code, &mut self.request_id].into_iter().flatten() {
                if text.contains(secret) {
                    *text = text.replace(secret, "...");
                }
            }
        }
        self
    }

    fn names(&self, word: &str) -> bool {
        self.code.as_ref().is_some_and(|code| code.split(", ").any(|part| part == word))
    }
}

/// What was asked for.
pub(super) struct Asked<'a> {
    pub(super) path: &'a str,
    pub(super) is_post: bool,
}

/// In which shape an answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Choices,
    List(&'static str),
    /// Whatever it is, it is right.
    Any,
}

impl Asked<'_> {
    pub(super) fn shape(&self) -> Shape {
        let path = self.path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        match path {
            _ if !self.is_post => Shape::Any,
            path if path.ends_with("/completions") => Shape::Choices,
            path if path.ends_with("/embeddings") => Shape::List("data"),
            path if path.ends_with("/messages") => Shape::List("content"),
            path if path.ends_with(":generateContent") => Shape::List("candidates"),
            _ => Shape::Any,
        }
    }
}

/// The body of a 200 as JSON, or what is wrong with it; `json` is what reading the body came to. Of paths that are not known,
/// anything is right that is what its headers say: what is no JSON and does not claim to be is `null` here.
pub(super) fn flaw<'a>(
    asked: &Asked<'_>,
    media: impl FnOnce() -> Option<&'a str>,
    body: &[u8],
    json: serde_json::Result<Value>,
) -> Result<Value, String> {
    let shape = asked.shape();
    let claims_json =
        || media().is_none_or(|media| media.is_empty() || media.to_ascii_lowercase().contains("json"));
    let json = match json {
        Ok(json) => json,
        Err(_) if shape == Shape::Any && !claims_json() => return Ok(Value::Null),
        Err(_) if body.is_empty() => return Err("the body is empty".to_owned()),
        Err(error) => return Err(format!("the body is no JSON: {error}")),
    };
    match shape {
        Shape::Choices => flaw_of_choices(&json)?,
        Shape::List(name) => drop(list(&json, name)?),
        Shape::Any => {}
    }
    Ok(json)
}

fn list<'a>(json: &'a Value, name: &str) -> Result<&'a Vec<Value>, String> {
    match json.get(name).and_then(Value::as_array) {
        Some(list) if !list.is_empty() => Ok(list),
        Some(_) => Err(format!("{name} is empty")),
        None => Err(format!("there is no {name}")),
    }
}

/// Whether a choice, or a piece of one, says, calls or refuses anything. One that was cut off by its length may be empty.
fn says(choice: &Value) -> bool {
    let message = choice.get("message").or_else(|| choice.get("delta")).unwrap_or(choice);
    let some = |name: &str| match message.get(name) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(_) => true,
    };
    let reason = choice.get("finish_reason").and_then(Value::as_str);
    ["content", "text", "tool_calls", "function_call", "refusal", "reasoning_content", "audio"]
        .into_iter()
        .any(some)
        || matches!(reason, Some("length" | "content_filter"))
}

fn flaw_of_choices(json: &Value) -> Result<(), String> {
    if list(json, "choices")?.iter().any(says) { Ok(()) } else { Err("every choice is empty".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_says_of_an_error() {
        let said = |body: &str| Said::of(body.as_bytes());
        let relay = said(
            r#"{"error": {"code": "rate_limit_exceeded", "message": "slow down", "param": null, "type": "rate_limit",
                "retry_after": 1.2, "request_id": "hs_req_1"}}"#,
        );
        assert_eq!(relay.message.as_deref(), Some("slow down"));
        assert_eq!(relay.code.as_deref(), Some("rate_limit_exceeded, rate_limit"));
        assert_eq!(relay.request_id.as_deref(), Some("hs_req_1"));
        let anthropic = said(
            r#"{"type": "error", "error": {"type": "overloaded_error", "message": "m"}, "request_id": "r"}"#,
        );
        assert_eq!(
            (anthropic.code.as_deref(), anthropic.request_id.as_deref()),
            (Some("overloaded_error"), Some("r"))
        );
        let google = said(r#"[{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "m"}}]"#);
        assert_eq!(google.code.as_deref(), Some("429, RESOURCE_EXHAUSTED"));
        assert_eq!(said(r#"{"error": "no"}"#).message.as_deref(), Some("no"));
        assert_eq!(said("<html>\n502").message.as_deref(), Some("<html>502"));
        assert_eq!(said(""), Said::default());
        assert_eq!(said(&"x".repeat(9000)).message.map(|m| m.len()), Some(LONGEST_MESSAGE));
    }

    #[test]
    fn a_200_that_is_no_answer() {
        let of = |path, is_post, media, body: &str| {
            flaw(&Asked { path, is_post }, || Some(media), body.as_bytes(), serde_json::from_str(body))
        };
        let chat = |body: &str| of("/v1/chat/completions?version=1", true, "application/json", body).err();
        assert_eq!(chat(r#"{"choices": [{"message": {"content": "hi"}}]}"#), None);
        assert_eq!(chat(r#"{"choices": [{"message": {"content": null, "tool_calls": [{}]}}]}"#), None);
        assert_eq!(chat(r#"{"choices": [{"message": {"content": ""}, "finish_reason": "length"}]}"#), None);
        for (bad, why) in [
            ("", "empty"),
            ("{\"choices\": [{\"mess", "no JSON"),
            ("{}", "no choices"),
            (r#"{"choices": []}"#, "choices is empty"),
            (
                r#"{"choices": [{"message": {"content": ""}, "finish_reason": "stop"}]}"#,
                "every choice is empty",
            ),
        ] {
            assert!(chat(bad).is_some_and(|said| said.contains(why)), "{bad}: {:?}", chat(bad));
        }
        assert!(of("/embeddings", true, "", "{\"data\": []}").is_err());
        assert!(of("/v1/messages", true, "", "{\"content\": [{\"text\": \"hi\"}]}").is_ok());
        assert!(of("/threads/1/messages", false, "application/json", "{\"data\": []}").is_ok());
        assert!(of("/v1/models", false, "application/json", "{\"data\": []}").is_ok());
        assert_eq!(of("/audio/speech", true, "audio/mpeg", "\u{1}no JSON"), Ok(Value::Null));
        assert!(of("/audio/speech", true, "application/json", "no JSON").is_err());
    }

    #[test]
    fn what_a_stream_has_come_to() {
        let of = |events: &[&str]| {
            let mut sense = Sense::default();
            events.iter().for_each(|event| drop(sense.note(event)));
            sense.flaw()
        };
        let word = r#"{"choices": [{"delta": {"content": "hi"}}]}"#;
        let role = r#"{"choices": [{"delta": {"role": "assistant", "content": ""}}]}"#;
        let stop = r#"{"choices": [{"delta": {}, "finish_reason": "stop"}]}"#;
        assert_eq!((of(&[role, word, "[DONE]"]), of(&[word, stop])), (None, None));
        assert_eq!(of(&[r#"{"type": "content_block_delta"}"#, r#"{"type": "message_stop"}"#]), None);
        assert_eq!(of(&[r#"{"choices": [{"delta": {}, "finish_reason": "length"}]}"#]), None);
        assert!(of(&[word]).is_some_and(|flaw| flaw.contains("cut off")));
        assert!(of(&[role, "[DONE]"]).is_some_and(|flaw| flaw.contains("says nothing")));
        assert!(Sense::default().note("<html>").is_err());
        assert!(tells_of_an_error(&serde_json::json!({"type": "error", "error": {}})));
        assert!(!tells_of_an_error(&serde_json::json!({"error": null, "response": {"error": null}})));
    }
}
