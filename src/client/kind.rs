//! What can go wrong with a call: one taxonomy, and what follows from each kind. Everything that decides asks this table.

use std::fmt;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// 429: too many requests for now.
    RateLimit,
    /// The quota is used up or the account is out of money: waiting does not mend it.
    Quota,
    /// 401, 403: the key is missing, wrong, or may not do this.
    Auth,
    /// The request is wrong: the caller's own fault.
    InvalidRequest,
    /// 404: no such model or path.
    NotFound,
    /// The service failed.
    Server,
    /// 503, 529: the service has too much to do.
    Overloaded,
    /// No connection in time.
    ConnectTimeout,
    /// No first byte of the body in time.
    FirstByteTimeout,
    /// A stream stood still for too long.
    ChunkTimeout,
    /// The connection was refused, or broke.
    Connection,
    /// A 200 that is none: empty, truncated, without choices, or with an error inside.
    BadResponse,
    /// The caller broke off.
    Cancelled,
    /// A circuit breaker rejected the call.
    CircuitOpen,
    /// A bulkhead had no seat.
    BulkheadFull,
    /// A rate limiter would have had it wait for too long.
    Limited,
    /// The call's own time was over.
    Deadline,
    /// The budget is spent.
    Budget,
    /// No route serves this model.
    NoRoute,
}

/// Whose trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// This model at this endpoint.
    Model,
    /// The endpoint, whatever the model.
    Endpoint,
    /// The account: every endpoint that it is used at.
    Account,
    /// The caller: nobody else's.
    Caller,
}

/// What a kind of failure is to a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// The service's failure.
    Failure,
    /// Nothing of the service.
    Ignored,
}

/// What follows from a kind.
pub(super) struct Policy {
    pub(super) name: &'static str,
    pub(super) scope: Scope,
    /// The same route may do better later.
    pub(super) retry: bool,
    /// Another route may do better now.
    pub(super) failover: bool,
    /// For the breaker of the model at its endpoint.
    pub(super) endpoint: Weight,
    /// For the account's breaker.
    pub(super) account: Weight,
}

impl Kind {
    pub(super) const fn policy(self) -> Policy {
        use Scope::{Account, Caller, Endpoint, Model};
        use Weight::{Failure, Ignored};
        let (name, scope, retry, failover, endpoint, account) = match self {
            Self::RateLimit => ("rate_limit", Account, true, true, Failure, Ignored),
            Self::Quota => ("quota", Account, false, true, Ignored, Failure),
            Self::Auth => ("auth", Account, false, true, Ignored, Failure),
            Self::InvalidRequest => ("invalid_request", Caller, false, false, Ignored, Ignored),
            Self::NotFound => ("not_found", Model, false, true, Ignored, Ignored),
            Self::Server => ("server", Model, true, true, Failure, Ignored),
            Self::Overloaded => ("overloaded", Model, true, true, Failure, Ignored),
            Self::ConnectTimeout => ("connect_timeout", Endpoint, true, true, Failure, Ignored),
            Self::FirstByteTimeout => ("first_byte_timeout", Model, true, true, Failure, Ignored),
            Self::ChunkTimeout => ("chunk_timeout", Model, true, true, Failure, Ignored),
            Self::Connection => ("connection", Endpoint, true, true, Failure, Ignored),
            Self::BadResponse => ("bad_response", Model, true, true, Failure, Ignored),
            Self::Cancelled => ("cancelled", Caller, false, false, Ignored, Ignored),
            Self::CircuitOpen => ("circuit_open", Model, false, true, Ignored, Ignored),
            Self::BulkheadFull => ("bulkhead_full", Endpoint, false, true, Ignored, Ignored),
            Self::Limited => ("limited", Account, false, true, Ignored, Ignored),
            // A service that lets the whole time of a call pass has failed it.
            Self::Deadline => ("deadline", Caller, false, false, Failure, Ignored),
            Self::Budget => ("budget", Caller, false, false, Ignored, Ignored),
            Self::NoRoute => ("no_route", Caller, false, false, Ignored, Ignored),
        };
        Policy { name, scope, retry, failover, endpoint, account }
    }

    /// One word, the same in every language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.policy().name
    }

    /// Whose trouble it is.
    #[must_use]
    pub const fn scope(self) -> Scope {
        self.policy().scope
    }

    /// Whether the same call may do better at the same route later.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        self.policy().retry
    }

    /// Whether the same call may do better at another route.
    #[must_use]
    pub const fn fails_over(self) -> bool {
        self.policy().failover
    }
}

impl Scope {
    /// One word, the same in every language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Endpoint => "endpoint",
            Self::Account => "account",
            Self::Caller => "caller",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
