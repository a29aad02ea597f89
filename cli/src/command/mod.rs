//! One verb, one file (or one directory).

mod demo;
mod mock;

use crate::cli::{Cli, Verb};
use std::process::ExitCode;

/// Runs the verb that was asked for.
pub(crate) fn run(cli: Cli) -> ExitCode {
    match cli.verb {
        Verb::Mock(args) => mock::run(args),
        Verb::Demo(args) => demo::run(&args),
        Verb::DemoWorker => demo::run_worker(),
        Verb::DemoRelay(args) => {
            demo::leash();
            mock::run(args)
        }
    }
}
