//! What a worker says: one JSON line per fact. The times are of the clock that `hscb_now_ns` reads, the same for every
//! process; Python and Node read it by themselves, up to 4 ms less coarsely.

use serde_json::{Value, json};

/// A fact, as a worker writes it to its standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let nonsense = || format!("said what is no fact: {line}");
        let value: Value = serde_json::from_str(line).map_err(|_| nonsense())?;
        let number = |key: &str| value[key].as_u64().ok_or_else(nonsense);
        let small = |key: &str| number(key).and_then(|n| u32::try_from(n).map_err(|_| nonsense()));
        let at = number("at")?;
        match value["fact"].as_str().unwrap_or_default() {
            "hello" => Ok(Self::Hello { at, pid: small("pid")? }),
            "probe" => Ok(Self::Probe { at }),
            "result" => Ok(Self::Result { at, ok: value["ok"] == true, ns: number("ns")? }),
            "rejected" => Ok(Self::Rejected { at, ns: number("ns")? }),
            "mode" => Ok(Self::Mode { at, mode: small("mode")? }),
            _ => Err(nonsense()),
        }
    }

    /// The line that tells it.
    pub(super) fn line(&self) -> String {
        let line = match *self {
            Self::Hello { at, pid } => json!({ "fact": "hello", "at": at, "pid": pid }),
            Self::Probe { at } => json!({ "fact": "probe", "at": at }),
            Self::Result { at, ok, ns } => json!({ "fact": "result", "at": at, "ok": ok, "ns": ns }),
            Self::Rejected { at, ns } => json!({ "fact": "rejected", "at": at, "ns": ns }),
            Self::Mode { at, mode } => json!({ "fact": "mode", "at": at, "mode": mode }),
        };
        line.to_string()
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
        for nonsense in ["Traceback", r#"{"fact":"probe"}"#, r#"{"fact":"mode","at":1,"mode":-1}"#, "[]"] {
            assert!(Fact::parse(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn what_the_rust_worker_tells_is_understood() {
        let facts = [
            Fact::Hello { at: 1, pid: 2 },
            Fact::Probe { at: 1 },
            Fact::Result { at: u64::MAX, ok: true, ns: 2 },
            Fact::Rejected { at: 1, ns: 2 },
            Fact::Mode { at: 1, mode: 2 },
        ];
        for fact in facts {
            assert_eq!(Fact::parse(&fact.line()), Ok(fact));
        }
    }
}
