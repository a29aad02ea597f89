//! What is wrong with a table, told without what might be a key in the wrong place.

use crate::error::{Error, ErrorKind, Result};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// Where in a table something is.
pub(super) fn place(path: &Path) -> String {
    path.iter().fold(String::new(), |path, part| {
        let dot = if path.is_empty() || matches!(part, Segment::Seq { .. }) { "" } else { "." };
        // Also the name of a field may be a key in the wrong place.
        path + dot + &short(&part.to_string())
    })
}

/// A configuration of a cell within the table.
pub(super) fn within<T>(
    value: &Option<Value>,
    at: &str,
    read: impl FnOnce(&str) -> Result<T>,
) -> Result<Option<T>> {
    let read = value.as_ref().map(|value| read(&value.to_string())).transpose();
    read.map_err(|error| {
        Error::new(error.kind(), format!("the table of routes, at {at}: {}", masked(&error.to_string())))
    })
}

/// A part of a path, unless it is longer than any name of ours.
pub(super) fn short(part: &str) -> String {
    if part.len() > 20 { "...".to_owned() } else { part.to_owned() }
}

/// A message in which what stands in quotes may be anything, such as a key in the wrong place: only short plain words of it
/// are shown.
pub(super) fn masked(message: &str) -> String {
    let is_plain = |word: &str| {
        word.len() <= 20 && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let mut rest = message;
    let mut shown = String::new();
    while let Some(start) = rest.find(['"', '`']) {
        let quote = rest[start..].chars().next().unwrap_or_default();
        let (before, quoted) = rest.split_at(start + 1);
        shown.push_str(before);
        let end = quoted.find(quote).unwrap_or(quoted.len());
        shown.push_str(if is_plain(&quoted[..end]) { &quoted[..end] } else { "..." });
        shown.extend(quoted[end..].chars().next());
        rest = quoted.get(end + 1..).unwrap_or_default();
    }
    shown + rest
}

pub(super) fn share(at: &str, value: f64, most: f64) -> Result<()> {
    if (0.0..=most).contains(&value) {
        return Ok(());
    }
    Err(wrong(at, &format!("is {value}"), &format!("within 0..={most}")))
}

pub(super) fn wrong(at: &str, is: &str, right: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the table of routes: {at} {is}, but must be {right}"))
}
