//! A few fields of a JSON object, without building the rest of it.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// Some fields of an object by name; `Null` where there is none. Of several with one name the last counts, as in most
/// readers of JSON.
pub(super) struct Fields<const N: usize> {
    names: [&'static str; N],
    values: [Value; N],
    /// Reads no further than the first of them.
    first: bool,
}

impl<const N: usize> Fields<N> {
    /// Of a text that is a whole JSON object; `None` if it is not. What is not UTF-8 in its strings does not matter.
    pub(super) fn of(json: &[u8], names: [&'static str; N]) -> Option<[Value; N]> {
        let mut fields = Self { names, values: [const { Value::Null }; N], first: false };
        let text = mended(json);
        let mut reader = serde_json::Deserializer::from_str(&text);
        fields.read(&mut reader).and_then(|()| reader.end()).ok()?;
        Some(fields.values)
    }

    /// The first of them in a text that begins a JSON object, whatever comes after it.
    pub(super) fn first_of(json: &[u8], names: [&'static str; N]) -> [Value; N] {
        let mut fields = Self { names, values: [const { Value::Null }; N], first: true };
        // Leaving an object in its middle is an error.
        let _ = fields.read(&mut serde_json::Deserializer::from_slice(json));
        fields.values
    }

    fn read<'de, D: Deserializer<'de>>(&mut self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for &mut Fields<N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(at) = map.next_key_seed(Place(&self.names))? {
            match at {
                Some(at) => self.values[at] = map.next_value()?,
                None => {
                    let _: IgnoredAny = map.next_value()?;
                }
            }
            if self.first && at.is_some() {
                break;
            }
        }
        Ok(())
    }
}

/// A text as readers of JSON other than serde_json take it: half of a surrogate pair, which JavaScript writes where it
/// cuts a string, a raw control character and what is no UTF-8 stand for a character of no meaning.
fn mended(json: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(json);
    let is_odd = |at: usize| {
        matches!(text.as_bytes()[at + 1..], [b'u', b'd' | b'D', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F', ..])
    };
    let has_control = text.bytes().any(|byte| byte < b' ');
    if !has_control && !memchr::memchr_iter(b'\\', text.as_bytes()).any(is_odd) {
        return text;
    }
    let mut bytes = text.into_owned().into_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at..] {
            // Both halves of a pair, too: no name that is looked for has one.
            [b'\\', b'u', b'd' | b'D', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F', ..] => {
                bytes[at + 2..][..2].copy_from_slice(b"ff");
                at += 2;
            }
            [b'\\', ..] => at += 2,
            [ref mut control, ..] if *control < b' ' => {
                *control = b' ';
                at += 1;
            }
            _ => at += 1,
        }
    }
    // Only ASCII took the place of ASCII.
    Cow::Owned(String::from_utf8(bytes).unwrap_or_default())
}

/// Which of these names a key is.
struct Place<'a>(&'a [&'static str]);

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Option<usize>, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Place<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|name| *name == key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn some_fields_of_a_whole_object() {
        let read = |text: &str| Fields::of(text.as_bytes(), ["a", "b"]);
        assert_eq!(read(r#" {"b": [1], "c": {"a": 2}, "\u0061": 3} "#), Some([json!(3), json!([1])]));
        assert_eq!(read(r#"{"a": 1, "a": null}"#), Some([json!(null), json!(null)]));
        assert_eq!(read("{}"), Some([json!(null), json!(null)]));
        for text in ["", "1", "[]", r#""a""#, r#"{"a": 1"#, r#"{"a": 1} x"#, r#"{"a": 1,}"#] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_of_some_needs_no_more_of_the_object() {
        let read = |text: &str| Fields::first_of(text.as_bytes(), ["a"]);
        assert_eq!(read(r#"{"b": {"a": 1}, "a": 2, and so on"#), [json!(2)]);
        assert_eq!(read(r#"{"b": and so on, "a": 2}"#), [json!(null)]);
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!(r#"{{"b": {}1{}, "a": 2}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Fields::of(deep.as_bytes(), ["a"]), Some([json!(2)]));
        assert_eq!(Fields::of(deep.as_bytes(), ["b"]), None);
    }
}
