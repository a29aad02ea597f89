//! `Mode` and `Reason`: the core's words, as unions of strings in TypeScript.

use napi_derive::napi;

/// The mode of a breaker.
#[napi(string_enum = "kebab-case")]
pub enum Mode {
    /// Admits all calls and records them.
    Closed,
    /// Rejects all calls until its deadline.
    Open,
    /// Admits probes.
    HalfOpen,
    /// Rejects all calls until an operator says otherwise.
    ForcedOpen,
    /// Admits all calls; only totals are kept.
    Disabled,
    /// Admits all calls, records them, never trips and counts when it would have.
    Observing,
}

/// Why a transition happened.
#[napi(string_enum = "kebab-case")]
pub enum Reason {
    /// The failure rule was met.
    Failure,
    /// The row rule was met.
    Row,
    /// The slow rule was met.
    Slow,
    /// The server said how long to wait.
    Throttled,
    /// The opening was over.
    Deadline,
    /// The probes succeeded.
    ProbesSucceeded,
    /// A probe, or too large a share of them, failed or was slow.
    ProbeFailed,
    /// It had been half-open for `halfOpenMaxMs`.
    HalfOpenTimeout,
    /// Every probe was out for longer than its lease.
    Lease,
    /// An operator's command.
    Operator,
    /// A breaker lost its segment and goes on alone.
    Detached,
}

/// Word for word: a word that the core has and this file lacks does not compile.
macro_rules! translated {
    ($name:ident: $($word:ident),*) => {
        impl From<holysheep_cb::$name> for $name {
            fn from(word: holysheep_cb::$name) -> Self {
                match word {
                    $(holysheep_cb::$name::$word => Self::$word),*
                }
            }
        }
    };
}

translated!(Mode: Closed, Open, HalfOpen, ForcedOpen, Disabled, Observing);
translated!(
    Reason: Failure, Row, Slow, Throttled, Deadline, ProbesSucceeded, ProbeFailed, HalfOpenTimeout, Lease, Operator,
    Detached
);
