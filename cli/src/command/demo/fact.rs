//! What a worker says: one JSON line per fact. The times are `hscb_now_ns`, the same for every process.

use serde::{Deserialize, Serialize};

/// A fact, as a worker writes it to its standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "lowercase")]
pub(super) enum Fact {
    /// It runs and has opened its breaker.
    Hello {
        /// When.
        at: u64,
        /// Its process id.
        pid: u32,
    },
    /// It was admitted while the breaker was half-open, and is about to call.
    Probe {
        /// When.
        at: u64,
    },
    /// A call that was admitted has ended.
    Result {
        /// When it ended.
        at: u64,
        /// Whether the service answered in time.
        ok: bool,
        /// How long it took.
        ns: u64,
    },
    /// A call was rejected.
    Rejected {
        /// When.
        at: u64,
        /// How long it took to be told.
        ns: u64,
    },
    /// The breaker is in another mode than when the worker last looked.
    Mode {
        /// When.
        at: u64,
        /// An `HSCB_*` mode.
        mode: u32,
    },
}

impl Fact {
    /// The fact in a line, or what is wrong with the line.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|e| format!("said what is no fact ({e}): {line}"))
    }

    /// When it happened.
    pub(super) const fn at(&self) -> u64 {
        match *self {
            Self::Hello { at, .. }
            | Self::Probe { at }
            | Self::Result { at, .. }
            | Self::Rejected { at, .. }
            | Self::Mode { at, .. } => at,
        }
    }
}

/// A fact, and which worker of the crew told it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// Index into the crew.
    pub(super) worker: usize,
    /// What it said.
    pub(super) fact: Fact,
}

#[cfg(test)]
mod tests {
    use super::Fact;

    #[test]
    fn the_lines_of_the_c_and_python_workers_are_facts() {
        let line = r#"{"fact": "result", "at": 7, "ok": false, "ns": 3}"#;
        assert_eq!(Fact::parse(line), Ok(Fact::Result { at: 7, ok: false, ns: 3 }));
        assert_eq!(Fact::parse(r#"{"fact":"probe","at":7}"#), Ok(Fact::Probe { at: 7 }));
        assert!(Fact::parse("Traceback").is_err());
    }
}
