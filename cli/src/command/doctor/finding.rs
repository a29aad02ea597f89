//! What a check says.

use crate::output::paint::Ink;
use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// As it should be.
    Ok,
    /// Works, but look at it.
    Warning,
    /// Does not work.
    Wrong,
}

impl Level {
    /// Its name and its ink.
    pub(super) const fn shown(self) -> (&'static str, Ink) {
        match self {
            Self::Ok => ("ok", Ink::Green),
            Self::Warning => ("warning", Ink::Yellow),
            Self::Wrong => ("wrong", Ink::Red),
        }
    }
}

/// What a check found.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// Which check: `directory`, `space`, `segment`, `removed`, `clock`, `boot`, `remove-ipc`.
    pub(super) check: &'static str,
    /// How bad it is.
    pub(super) level: Level,
    /// What was found.
    pub(super) what: String,
    /// What to do; empty where nothing needs to be done.
    pub(super) advice: String,
}

impl Finding {
    /// All is well.
    pub(super) fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, what: what.into(), advice: String::new() }
    }

    /// Something to look at.
    pub(super) fn warning(check: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, level: Level::Warning, what: what.into(), advice: advice.into() }
    }

    /// Something that does not work.
    pub(super) fn wrong(check: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, level: Level::Wrong, what: what.into(), advice: advice.into() }
    }
}
