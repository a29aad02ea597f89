//! `hscb completions SHELL`.

use crate::cli::{Cli, CompletionsArgs};
use crate::fault::Fault;
use crate::output::Out;
use clap::{Command, CommandFactory as _};
use serde_json::json;

/// Runs the verb.
pub(super) fn run(args: &CompletionsArgs) -> Result<(), Fault> {
    let mut script = Vec::new();
    let all = Cli::command();
    // What is hidden is nobody's to complete; clap_complete does not leave it out.
    let verbs = all.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned();
    let mut shown = Command::new("hscb").version(env!("CARGO_PKG_VERSION")).subcommands(verbs);
    clap_complete::generate(args.shell, &mut shown, "hscb", &mut script);
    let mut out = Out::new(args.answer.json);
    if out.json {
        out.object(&json!({ "shell": args.shell.to_string(), "script": String::from_utf8_lossy(&script) }))?;
    } else {
        out.raw(&script)?;
    }
    out.flush()
}
