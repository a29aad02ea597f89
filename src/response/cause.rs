//! Why a verdict is what it is, and what follows from it.

use crate::outcome::Outcome;

/// Why a verdict is what it is. The numbers are those of the C ABI; they are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum Cause {
    /// The service did what it should.
    Ok = 0,
    /// The request was wrong: the caller's own fault.
    ClientError = 1,
    /// 401: the key is missing or wrong.
    Auth = 2,
    /// 403: the key may not do this.
    Permission = 3,
    /// The quota is used up or the account is out of money: waiting does not mend it.
    Quota = 4,
    /// 429: too many requests for now.
    RateLimited = 5,
    /// 503, 529: the service has too much to do.
    Overloaded = 6,
    /// Another 5xx.
    ServerError = 7,
    /// 408, 504, or a stream that stood still.
    Timeout = 8,
    /// An error inside the body of a 2xx.
    StreamError = 9,
    /// The connection broke before the end of the body.
    Cut = 10,
    /// The stream of a 2xx that ended without any data.
    Empty = 11,
    /// The user broke off before the verdict was final.
    Abandoned = 12,
}

impl Cause {
    /// What a permit is given back with for this cause.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Ok => Outcome::Success,
            Self::ClientError | Self::Auth | Self::Permission | Self::Quota | Self::Abandoned => {
                Outcome::Ignored
            }
            Self::RateLimited
            | Self::Overloaded
            | Self::ServerError
            | Self::Timeout
            | Self::StreamError
            | Self::Cut
            | Self::Empty => Outcome::Failure,
        }
    }

    /// The cause as one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ClientError => "client-error",
            Self::Auth => "auth",
            Self::Permission => "permission",
            Self::Quota => "quota",
            Self::RateLimited => "rate-limited",
            Self::Overloaded => "overloaded",
            Self::ServerError => "server-error",
            Self::Timeout => "timeout",
            Self::StreamError => "stream-error",
            Self::Cut => "cut",
            Self::Empty => "empty",
            Self::Abandoned => "abandoned",
        }
    }

    /// What a status alone says. What is no status of HTTP is an error of the server.
    pub(super) const fn of_status(status: u16) -> Self {
        match status {
            100..400 => Self::Ok,
            401 => Self::Auth,
            402 => Self::Quota,
            403 => Self::Permission,
            408 | 504 => Self::Timeout,
            429 => Self::RateLimited,
            503 | 529 => Self::Overloaded,
            400..500 => Self::ClientError,
            _ => Self::ServerError,
        }
    }

    /// Whether a waiting time that comes with it opens the breaker (S9).
    pub(super) const fn may_ask_to_wait(self) -> bool {
        matches!(self, Self::RateLimited | Self::Overloaded)
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
