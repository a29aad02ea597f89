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
    fn names(&self, word: &str) -> bool {
        self.code.as_ref().is_some_and(|code| code.split(", ").any(|part| part == word))
    }
}

/// What is wrong with the body of a 200, if anything is. Of paths that are not known, any JSON is right.
pub(super) fn flaw(path: &str, body: &[u8]) -> Result<Value, String> {
    let json: Value = serde_json::from_slice(body).map_err(|error| {
        if body.is_empty() { "the body is empty".to_owned() } else { format!("the body is no JSON: {error}") }
    })?;
    let path = path.trim_end_matches('/');
    let flaw = if path.ends_with("/chat/completions") || path.ends_with("/completions") {
        flaw_of_choices(&json)
    } else if path.ends_with("/embeddings") {
        list(&json, "data").map(drop)
    } else if path.ends_with("/messages") {
        list(&json, "content").map(drop)
    } else if path.ends_with(":generateContent") {
        list(&json, "candidates").map(drop)
    } else {
        Ok(())
    };
    flaw.map(|()| json)
}

fn list<'a>(json: &'a Value, name: &str) -> Result<&'a Vec<Value>, String> {
    match json.get(name).and_then(Value::as_array) {
        Some(list) if !list.is_empty() => Ok(list),
        Some(_) => Err(format!("{name} is empty")),
        None => Err(format!("there is no {name}")),
    }
}

/// A choice that says nothing, calls nothing and refuses nothing is none; one that was cut off by its length may be empty.
fn flaw_of_choices(json: &Value) -> Result<(), String> {
    let says = |choice: &Value| {
        let message = choice.get("message").unwrap_or(choice);
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
    };
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
        let chat = |body: &str| flaw("/v1/chat/completions", body.as_bytes()).err();
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
        assert!(flaw("/embeddings", b"{\"data\": []}").is_err());
        assert!(flaw("/v1/messages", b"{\"content\": [{\"text\": \"hi\"}]}").is_ok());
        assert!(flaw("/v1/models", b"{\"data\": []}").is_ok());
    }
}
