//! Plain values that every layer names: outcomes, modes, reasons, operator commands.

use std::time::Duration;

/// What a permit is given back with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Outcome {
    /// The call did what it should.
    Success = 0,
    /// The service failed the call.
    Failure = 1,
    /// Cancelled, or the caller's own fault: no verdict on the service (S4).
    Ignored = 2,
}

/// What a result says of the service: what a classifier answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Classification {
    /// The service did what it should.
    Success,
    /// The service failed.
    Failure,
    /// No verdict on the service: cancelled, or the caller's own fault.
    Ignored,
    /// The service asks to wait this long (429 or 503 with Retry-After): opens the breaker at once (S9).
    Throttled(Duration),
}

impl From<Outcome> for Classification {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::Success,
            Outcome::Failure => Self::Failure,
            Outcome::Ignored => Self::Ignored,
        }
    }
}

/// The mode of a breaker (S1). The numbers are those of the C ABI and of the state word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Mode {
    /// Admits all calls and records them.
    Closed = 0,
    /// Rejects all calls until its deadline.
    Open = 1,
    /// Admits probes.
    HalfOpen = 2,
    /// Rejects all calls until an operator says otherwise.
    ForcedOpen = 3,
    /// Admits all calls; only totals are kept.
    Disabled = 4,
    /// Admits all calls, records them, never trips and counts when it would have.
    Observing = 5,
}

impl Mode {
    /// The mode of a number; `None` for numbers that name none.
    #[must_use]
    pub const fn from_number(n: u32) -> Option<Self> {
        Some(match n {
            0 => Self::Closed,
            1 => Self::Open,
            2 => Self::HalfOpen,
            3 => Self::ForcedOpen,
            4 => Self::Disabled,
            5 => Self::Observing,
            _ => return None,
        })
    }

    /// The mode's name as in DESIGN: `closed`, `open`, `half-open`, `forced-open`, `disabled`, `observing`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
            Self::ForcedOpen => "forced-open",
            Self::Disabled => "disabled",
            Self::Observing => "observing",
        }
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a transition happened. The numbers are those of the C ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Reason {
    /// The failure rule was met.
    Failure = 1,
    /// The row rule was met.
    Row = 2,
    /// The slow rule was met.
    Slow = 3,
    /// The server said how long to wait (S9).
    Throttled = 4,
    /// The opening was over (S7).
    Deadline = 5,
    /// The probes succeeded (S8).
    ProbesSucceeded = 6,
    /// A probe, or too large a share of them, failed or was slow (S8).
    ProbeFailed = 7,
    /// It had been half-open for `half_open_max_ms` (S8).
    HalfOpenTimeout = 8,
    /// Every probe was out for longer than its lease (S8).
    Lease = 9,
    /// An operator's command (S10).
    Operator = 10,
    /// This handle lost its segment and goes on with a breaker of its own.
    Detached = 11,
    /// An operator changed its configuration and said why; `from` and `to` are the mode it has.
    Configured = 12,
    /// The fleet: what the breakers of other hosts have met, or a command to all of them.
    Remote = 13,
}

impl Reason {
    /// The reason of a number; `None` for numbers that name none.
    #[must_use]
    pub const fn from_number(n: u32) -> Option<Self> {
        Some(match n {
            1 => Self::Failure,
            2 => Self::Row,
            3 => Self::Slow,
            4 => Self::Throttled,
            5 => Self::Deadline,
            6 => Self::ProbesSucceeded,
            7 => Self::ProbeFailed,
            8 => Self::HalfOpenTimeout,
            9 => Self::Lease,
            10 => Self::Operator,
            11 => Self::Detached,
            12 => Self::Configured,
            13 => Self::Remote,
            _ => return None,
        })
    }

    /// The reason as one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Row => "row",
            Self::Slow => "slow",
            Self::Throttled => "throttled",
            Self::Deadline => "deadline",
            Self::ProbesSucceeded => "probes-succeeded",
            Self::ProbeFailed => "probe-failed",
            Self::HalfOpenTimeout => "half-open-timeout",
            Self::Lease => "lease",
            Self::Operator => "operator",
            Self::Detached => "detached",
            Self::Configured => "configured",
            Self::Remote => "remote",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What the fleet wishes of a breaker: a program that knows of the breakers of other hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Open until at least this deadline, in ms: from closed or half-open, and later where it is open. Never earlier.
    Open { until_ms: u64 },
    /// What the fleet lent is over: half-open, or open until the deadline that is the host's own.
    HalfOpen,
    /// Forced open, from every mode.
    ForcedOpen,
    /// Closed, if the fleet has forced it open.
    Release,
}

/// An operator's command (S10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// To closed, windows empty, backoff forgotten.
    Reset,
    /// An opening like any other.
    Trip,
    /// An opening of a stated length in ms, no step of the backoff.
    TripFor(u64),
    /// From open only.
    HalfOpen,
    /// To one of the operator's modes: forced-open, disabled, observing.
    Hold(Mode),
}

impl Command {
    /// The command that leads to `mode`.
    pub(crate) const fn to(mode: Mode) -> Self {
        match mode {
            Mode::Closed => Self::Reset,
            Mode::Open => Self::Trip,
            Mode::HalfOpen => Self::HalfOpen,
            Mode::ForcedOpen | Mode::Disabled | Mode::Observing => Self::Hold(mode),
        }
    }
}
