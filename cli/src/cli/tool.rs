//! The arguments of the verbs around the tool itself.

use super::Answer;
use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

/// The arguments of `hscb doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// The arguments of `hscb completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// The arguments of `hscb man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The page of this verb [default: that of hscb].
    #[arg(conflicts_with = "out")]
    pub(crate) verb: Option<String>,
    /// Write all pages into this directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}
