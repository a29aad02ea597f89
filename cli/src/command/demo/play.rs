//! Both runs, one after the other, and what they show.

use super::board::Board;
use super::home::Home;
use super::interrupt;
use super::picture;
use super::plan::{Breakers, Plan};
use super::report::Report;
use super::screen::Screen;
use super::stage;
use super::table;
use super::tools::Tools;
use crate::cli::DemoArgs;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

/// The verb.
pub(crate) fn run(args: &DemoArgs) -> ExitCode {
    match play(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => {
            eprintln!("hscb demo: {complaint}");
            ExitCode::FAILURE
        }
    }
}

/// Plays and reports; what went wrong is an error.
fn play(args: &DemoArgs) -> Result<(), String> {
    let plan = Plan::new(args.seconds, args.outage)?;
    let tools = Tools::find(args)?;
    let _home = Home::create()?;
    interrupt::watch().map_err(|e| format!("cannot watch for signals: {e}"))?;
    let mut screen = Screen::new(args.json);
    let board = Board::start(&tools.hscb)?;
    screen.print(&picture::opening(&plan, screen.paint))?;
    screen.print(&[format!(" The shared breaker, live: {}", board.address())])?;
    let (private, _) = stage::run(&plan, Breakers::Private, &tools, &mut screen)?;
    let (shared, story) = stage::run(&plan, Breakers::Shared, &tools, &mut screen)?;
    screen.print(&table::draw(&private, &shared, screen.paint))?;
    let report = Report { private, shared, story };
    screen.print(&report.summary(screen.paint))?;
    if args.json {
        println!("{:#}", report.json(&plan));
    }
    report.verdict()?;
    board.check(&report.shared)?;
    if args.keep {
        screen
            .print(&[String::new(), format!(" The dashboard stays at {} until Ctrl-C.", board.address())])?;
        while !interrupt::asked() {
            thread::sleep(Duration::from_millis(100));
        }
    }
    Ok(())
}
