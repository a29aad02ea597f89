//! A body that is one JSON text.

use super::fault::Fault;
use super::fields::Fields;
use serde_json::Value;

/// The longest body that is looked at.
pub(super) const LONGEST: usize = 64 * 1024;

/// What of a body is kept to be read at its end.
pub(super) struct Document {
    text: Vec<u8>,
    /// It is too long, or no JSON object or array.
    given_up: bool,
}

impl Document {
    pub(super) fn new() -> Self {
        Self { text: Vec::new(), given_up: false }
    }

    /// The next bytes.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        if self.given_up {
            return;
        }
        if self.text.is_empty() {
            let start = bytes.iter().position(|byte| !is_blank(*byte)).unwrap_or(bytes.len());
            bytes = &bytes[start..];
        }
        let begins = self.text.first().or(bytes.first());
        if self.text.len() + bytes.len() > LONGEST || !matches!(begins, None | Some(b'{' | b'[')) {
            self.give_up();
        } else {
            self.text.extend_from_slice(bytes);
        }
    }

    /// It will not be read.
    pub(super) fn give_up(&mut self) {
        *self = Self { text: Vec::new(), given_up: true };
    }

    /// Nothing that follows changes what it says.
    pub(super) fn is_final(&self) -> bool {
        self.given_up
    }

    /// The error in the body of a 2xx: the field `error` of an object; of an array (Gemini's streams without SSE), that
    /// of its last object.
    pub(super) fn error(&self) -> Option<Fault> {
        if self.text.first() == Some(&b'[') {
            let text = String::from_utf8_lossy(&self.text);
            let error = serde_json::from_str::<Vec<Value>>(&text).ok()?.last()?.get("error")?.clone();
            return (!error.is_null()).then(|| Fault::of(&error));
        }
        let [error] = Fields::of(&self.text, ["error"])?;
        (!error.is_null()).then(|| Fault::in_object(&self.text)).flatten()
    }

    /// What the body of an error status says: as [`Document::error`], or the object itself.
    pub(super) fn refinement(&self) -> Option<Fault> {
        self.error().or_else(|| Fault::in_object(&self.text))
    }
}

/// White space of JSON, and the bytes of a byte order mark.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0xef | 0xbb | 0xbf)
}
