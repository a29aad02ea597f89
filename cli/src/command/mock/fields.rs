//! Reads the fields of a JSON object; whatever is wrong is told by place, field, value and allowed range.

use serde_json::{Map, Value};
use std::fmt;
use std::ops::RangeInclusive;

/// What is wrong with a script, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadScript(pub(super) String);

impl fmt::Display for BadScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What reading a script gives.
pub(super) type Read<T> = Result<T, BadScript>;

/// The fields of one object that were not read yet.
#[derive(Debug)]
pub(super) struct Fields {
    place: String,
    left: Map<String, Value>,
    asked: Vec<&'static str>,
}

impl Fields {
    /// The fields of `value`, which stands at `place`.
    pub(super) fn of(place: impl Into<String>, value: Value) -> Read<Self> {
        let place = place.into();
        match value {
            Value::Object(left) => Ok(Self { place, left, asked: Vec::new() }),
            other => Err(BadScript(format!("{place} is {}; allowed: an object", brief(&other)))),
        }
    }

    /// Where the object stands, for messages.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// From here on messages say `place`.
    pub(super) fn rename(&mut self, place: String) {
        self.place = place;
    }

    /// The value of a field, taken out; null counts as absent.
    pub(super) fn take(&mut self, field: &'static str) -> Option<Value> {
        if !self.asked.contains(&field) {
            self.asked.push(field);
        }
        self.left.remove(field).filter(|value| !value.is_null())
    }

    /// A number within `range`.
    pub(super) fn number(&mut self, field: &'static str, range: RangeInclusive<f64>) -> Read<Option<f64>> {
        let Some(value) = self.take(field) else { return Ok(None) };
        match value.as_f64().filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(self.refuse(field, &value, format!("a number {}..={}", range.start(), range.end()))),
        }
    }

    /// A whole number within `range`.
    pub(super) fn integer(&mut self, field: &'static str, range: RangeInclusive<u64>) -> Read<Option<u64>> {
        let Some(value) = self.take(field) else { return Ok(None) };
        match value.as_u64().filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                Err(self.refuse(field, &value, format!("a whole number {}..={}", range.start(), range.end())))
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, field: &'static str) -> Read<Option<bool>> {
        let Some(value) = self.take(field) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| self.refuse(field, &value, "true or false"))
    }

    /// A text of 1 to `longest` characters, none of them a control character.
    pub(super) fn text(&mut self, field: &'static str, longest: usize) -> Read<Option<String>> {
        let Some(value) = self.take(field) else { return Ok(None) };
        let fits = |text: &&str| {
            (1..=longest).contains(&text.chars().count()) && !text.chars().any(char::is_control)
        };
        match value.as_str().filter(fits) {
            Some(text) => Ok(Some(text.to_owned())),
            None => {
                let allowed = format!("a text of 1..={longest} characters without control characters");
                Err(self.refuse(field, &value, allowed))
            }
        }
    }

    /// One of the words of `table`.
    pub(super) fn choice<T: Copy>(
        &mut self,
        field: &'static str,
        table: &[(&'static str, T)],
    ) -> Read<Option<T>> {
        let Some(value) = self.take(field) else { return Ok(None) };
        let found = table.iter().find(|(word, _)| value.as_str() == Some(word));
        match found {
            Some((_, choice)) => Ok(Some(*choice)),
            None => {
                let words: Vec<_> = table.iter().map(|(word, _)| *word).collect();
                Err(self.refuse(field, &value, words.join(", ")))
            }
        }
    }

    /// The error that says that `value` does not do for `field`.
    pub(super) fn refuse(&self, field: &str, value: &Value, allowed: impl fmt::Display) -> BadScript {
        BadScript(format!("{}: {field} is {}; allowed: {allowed}", self.place, brief(value)))
    }

    /// Says that nothing is left; a field that nobody asked for is an error.
    pub(super) fn finish(self) -> Read<()> {
        match self.left.iter().next() {
            None => Ok(()),
            Some((field, value)) => Err(BadScript(format!(
                "{}: unknown field {} (value {}); allowed here: {}",
                self.place,
                brief(&Value::from(field.as_str())),
                brief(value),
                self.asked.join(", ")
            ))),
        }
    }
}

/// A value as JSON, cut to a length that fits in a message.
pub(super) fn brief(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_names_place_field_value_and_range() {
        let mut fields = Fields::of("phase 1", json!({"rate": 1.5, "colour": "red"})).expect("an object");
        let told = fields.number("rate", 0.0..=1.0).expect_err("out of range").to_string();
        assert_eq!(told, "phase 1: rate is 1.5; allowed: a number 0..=1");
        let told = fields.finish().expect_err("unknown field").to_string();
        assert_eq!(told, r#"phase 1: unknown field "colour" (value "red"); allowed here: rate"#);
    }

    #[test]
    fn long_values_are_cut() {
        let told = brief(&Value::from("x".repeat(1000)));
        assert_eq!(told.len(), 63);
    }
}
