//! Each look as a line of JSON.

use super::order::{passes, sort};
use super::state::Look;
use super::watcher::Watcher;
use crate::cli::TopArgs;
use crate::command::live::Live;
use crate::fault::Fault;
use crate::output::{Out, date};
use serde::Serialize;
use std::time::{Duration, Instant};

/// A look in JSON.
#[derive(Debug, Serialize)]
struct Shape<'a> {
    at: String,
    breakers: Vec<Live<'a>>,
    problems: &'a [String],
}

/// Writes a line for each look, until there were so many or nobody reads them.
pub(super) fn run(args: &TopArgs, watcher: &mut Watcher) -> Result<(), Fault> {
    let mut out = Out::new(true);
    let mut next = Instant::now();
    for number in 1.. {
        let mut look = watcher.look()?;
        sort(&mut look.rows, args.sort, false, Instant::now());
        out.object(&shape(args, watcher, &look))?;
        out.flush()?;
        if args.looks == Some(number) {
            break;
        }
        // After a time in which this process was stopped, what it missed is not made up for.
        next = (next + args.every).max(Instant::now());
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    Ok(())
}

fn shape<'a>(args: &TopArgs, watcher: &Watcher, look: &'a Look) -> Shape<'a> {
    let passing = look.rows.iter().filter(|row| passes(row, &args.filter));
    let live = passing.filter_map(|row| watcher.live(&row.key));
    Shape { at: date(Duration::ZERO), breakers: live.collect(), problems: &look.problems }
}
