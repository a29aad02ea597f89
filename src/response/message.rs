//! What one event of a stream is.

use super::fault::Fault;
use super::fields::Fields;
use serde_json::Value;

/// What one event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
    /// An event without data.
    Nothing,
    /// A token, a ping, whatever else.
    Data,
    /// The last event of a stream that went well.
    Last,
    /// An error.
    Error(Fault),
}

/// Names of events, and types of their objects, that end a stream well.
const LAST: [&str; 3] = ["message_stop", "response.completed", "response.incomplete"];
/// Those that are errors.
const ERROR: [&str; 2] = ["error", "response.failed"];

/// What an event of this name with this data is. `whole`: the data is all of the event's.
pub(super) fn read(name: &[u8], data: &[u8], whole: bool) -> Message {
    let is_one_of = |names: &[&str]| names.iter().any(|known| known.as_bytes() == name);
    if is_one_of(&ERROR) {
        return Message::Error(Fault::in_object(data).unwrap_or_default());
    }
    if is_one_of(&LAST) || data.trim_ascii_start().starts_with(b"[DONE]") {
        return Message::Last;
    }
    match data {
        [] if whole => Message::Nothing,
        _ if whole && may_end(data) => by_fields(data).unwrap_or(Message::Data),
        _ => Message::Data,
    }
}

/// Whether data may be a JSON object that is an error or the last: `false` is certain.
///
/// Such an object has a key `error` or a value that is one of the names above, and JSON has two ways to write a string:
/// as it is, so that its quote and its characters follow each other in the text, or with some of the characters as
/// `\uXXXX`. Where neither a quote followed by a name, nor an escaped character that occurs in names, is found, there is
/// no such string. Neither the order of keys nor white space matters.
fn may_end(data: &[u8]) -> bool {
    let begins_a_name = |at: usize| {
        let rest = &data[at + 1..];
        let mut names = ERROR.iter().chain(&LAST);
        matches!(rest.first(), Some(b'e' | b'm' | b'r'))
            && names.any(|name| rest.starts_with(name.as_bytes()))
    };
    let escapes_a_letter = |at: usize| {
        let code = data.get(at + 1..at + 6).and_then(|escape| escape.strip_prefix(b"u00"));
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        matches!(code, Some(b'a'..=b'z' | b'.' | b'_'))
    };
    data.trim_ascii_start().starts_with(b"{")
        && (memchr::memchr_iter(b'"', data).any(begins_a_name)
            || memchr::memchr_iter(b'\\', data).any(escapes_a_letter))
}

/// What an object is by its fields `type` and `error`.
fn by_fields(json: &[u8]) -> Option<Message> {
    let [kind, error] = Fields::of(json, ["type", "error"])?;
    let is_one_of = |names: &[&str]| matches!(&kind, Value::String(kind) if names.contains(&&**kind));
    if !error.is_null() {
        Some(Message::Error(Fault::of(&error)))
    } else if is_one_of(&ERROR) {
        Some(Message::Error(Fault::in_object(json).unwrap_or_default()))
    } else if is_one_of(&LAST) {
        Some(Message::Last)
    } else {
        Some(Message::Data)
    }
}
