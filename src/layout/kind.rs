//! What a cell is.

/// The kind of a cell. Each has names of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Kind {
    Breaker = 1,
    Limiter = 2,
    Bulkhead = 3,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Breaker => "breaker",
            Self::Limiter => "limiter",
            Self::Bulkhead => "bulkhead",
        })
    }
}
