//! `hscb completions SHELL`.

use crate::cli::{Cli, CompletionsArgs};
use crate::fault::Fault;
use crate::output::Out;
use clap::CommandFactory as _;
use serde_json::json;

/// Runs the verb.
pub(super) fn run(args: &CompletionsArgs) -> Result<(), Fault> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "hscb", &mut script);
    let mut out = Out::new(args.answer.json);
    if out.json {
        out.object(&json!({ "shell": args.shell.to_string(), "script": String::from_utf8_lossy(&script) }))?;
    } else {
        out.raw(&script)?;
    }
    out.flush()
}
