//! `hscb`, the command-line tool of holysheep-cb.

mod cli;
mod command;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    command::run(cli::Cli::parse())
}
