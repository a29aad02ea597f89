//! Which breaker a request belongs to.

use super::fields::Fields;
use crate::journal::NAME_MAX;
use serde_json::Value;

/// The name of the breaker for a request to `host` with this body: `host|model`, where the body is a JSON object with a
/// string `model`; else `host`. Control characters become `_`, and the end is cut off, so that it may be a breaker's name
/// (1 to 127 bytes). Without a host, `-` stands for it.
///
/// The body is read as far as its `model`, and whether the rest of it is JSON is not asked.
///
/// ```
/// use holysheep_cb::response::breaker_name;
///
/// let body = br#"{"messages": [], "model": "gpt-4.1"}"#;
/// assert_eq!(breaker_name("api.holysheep.ai", body), "api.holysheep.ai|gpt-4.1");
/// assert_eq!(breaker_name("api.holysheep.ai", b""), "api.holysheep.ai");
/// ```
#[must_use]
pub fn breaker_name(host: &str, body: &[u8]) -> String {
    let host = if host.is_empty() { "-" } else { host };
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let [model] = Fields::first_of(body, ["model"]);
    let parts = match &model {
        Value::String(model) if !model.is_empty() => [host, "|", model],
        _ => [host, "", ""],
    };
    let clean = parts.iter().flat_map(|part| part.chars()).map(|c| if c.is_control() { '_' } else { c });
    let mut name = String::new();
    for c in clean {
        if name.len() + c.len_utf8() > NAME_MAX {
            break;
        }
        name.push(c);
    }
    name
}
