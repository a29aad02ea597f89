//! `hscb`, the command-line tool of holysheep-cb.

mod cli;
mod command;
mod fault;
mod fleet;
mod output;
mod place;
mod watch;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    command::run(cli::Cli::parse())
}
