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
    /// An operator changed the configuration and said why; `from` and `to` are the mode that it has.
    Configured,
    /// The breakers of other hosts, or a command to all of them.
    Remote,
}

/// Word for word: a word that the core has and this file lacks does not compile.
macro_rules! translated {
    ($word:ident from $core:path: $($each:ident),*) => {
        impl From<$core> for $word {
            fn from(word: $core) -> Self {
                use $core as Core;
                match word {
                    $(Core::$each => Self::$each),*
                }
            }
        }
    };
}
pub(crate) use translated;

translated!(Mode from holysheep_cb::Mode: Closed, Open, HalfOpen, ForcedOpen, Disabled, Observing);
translated!(
    Reason from holysheep_cb::Reason: Failure, Row, Slow, Throttled, Deadline, ProbesSucceeded, ProbeFailed,
    HalfOpenTimeout, Lease, Operator, Detached, Configured, Remote
);
