//! One verb, one file (or one directory).
//!
//! | file | what several verbs share |
//! |---|---|
//! | `breaker`, `event` | a breaker and an event, as JSON and in words |
//! | `live` | a breaker that is watched, as JSON |
//! | `operate` | an operator's command, with who and why in its event |

mod breaker;
mod completions;
mod configure;
mod demo;
mod disable;
mod doctor;
mod dump;
mod event;
mod events;
mod fleet;
mod force_open;
mod half_open;
mod live;
mod ls;
mod man;
mod mock;
mod observe;
mod operate;
mod reset;
mod rm;
mod segments;
mod serve;
mod show;
mod sync;
mod top;
mod trip;

use crate::cli::{Cli, Verb};
use crate::fault::Fault;
use std::process::ExitCode;

/// Runs the verb that was asked for.
pub(crate) fn run(cli: Cli) -> ExitCode {
    match cli.verb {
        Verb::Ls(args) => ended(ls::run(&args)),
        Verb::Show(args) => ended(show::run(&args)),
        Verb::Events(args) => ended(events::run(&args)),
        Verb::Top(args) => ended(top::run(&args)),
        Verb::Trip(args) => ended(trip::run(&args)),
        Verb::Reset(args) => ended(reset::run(&args)),
        Verb::ForceOpen(args) => ended(force_open::run(&args)),
        Verb::Disable(args) => ended(disable::run(&args)),
        Verb::Observe(args) => ended(observe::run(&args)),
        Verb::HalfOpen(args) => ended(half_open::run(&args)),
        Verb::Configure(args) => ended(configure::run(&args)),
        Verb::Segments(args) => ended(segments::run(&args)),
        Verb::Doctor(args) => ended(doctor::run(&args)),
        Verb::Dump(args) => ended(dump::run(&args)),
        Verb::Rm(args) => ended(rm::run(&args)),
        Verb::Serve(args) => ended(serve::run(&args)),
        Verb::Sync(args) => ended(sync::run(&args)),
        Verb::Fleet(args) => ended(fleet::run(&args)),
        Verb::Completions(args) => ended(completions::run(&args)),
        Verb::Man(args) => ended(man::run(&args)),
        Verb::Mock(args) => mock::run(args),
        Verb::Demo(args) => demo::run(&args),
        Verb::DemoWorker => demo::run_worker(),
        Verb::DemoRelay(args) => {
            demo::leash();
            mock::run(args)
        }
        Verb::DemoAgent(args) => {
            demo::leash();
            ended(serve::run(&args))
        }
    }
}

/// The exit code of a verb that has ended so.
fn ended(how: Result<(), Fault>) -> ExitCode {
    how.map_or_else(|fault| fault.tell(), |()| ExitCode::SUCCESS)
}
