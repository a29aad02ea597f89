//! The arguments of the agent.

use clap::ValueEnum;

/// Whose names `/metrics` uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compat {
    /// <https://resilience4j.readme.io>
    Resilience4j,
}
