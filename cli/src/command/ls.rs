//! `hscb ls`: every breaker on a line.

use super::breaker::{Shape, ink};
use crate::cli::LsArgs;
use crate::fault::Fault;
use crate::output::{Cell, Out, Table, elapsed, warn};
use crate::place::opened;
use crate::watch::Sample;
use holysheep_cb::{Mode, Segment};

/// The titles of the table.
const TITLES: [&str; 9] = ["SEGMENT", "NAME", "MODE", "CALLS", "FAILED", "SLOW", "P95", "REJECTED", "RETRY"];

/// Runs the verb.
pub(super) fn run(args: &LsArgs) -> Result<(), Fault> {
    let segments = opened(&args.place)?;
    let mut out = Out::new(args.answer.json);
    let mut table = Table::new(&TITLES);
    let mut none = true;
    for opened in &segments {
        let mut views = opened.segment.views();
        views.sort_by(|a, b| a.name().cmp(b.name()));
        none &= views.is_empty();
        let processes = opened.segment.processes();
        for view in &views {
            let sample = Sample::of(view);
            if out.json {
                out.object(&Shape::new(view.name(), &opened.name, processes, &sample))?;
            } else {
                table.row(row(&opened.name, view.name(), &sample));
            }
        }
    }
    table.write(&mut out)?;
    if none && !out.json {
        warn(&format!("no breakers in {}", Segment::directory().display()));
    }
    out.flush()
}

/// A breaker's row.
fn row(segment: &str, name: &str, sample: &Sample) -> Vec<Cell> {
    let shown = &sample.shown;
    let retry = match (shown.mode, sample.retry_after) {
        (Mode::ForcedOpen, _) => "never".to_owned(),
        (_, Some(wait)) if wait.is_zero() => String::new(),
        (_, Some(wait)) => elapsed(wait),
        (_, None) => "?".to_owned(),
    };
    let p95 = sample.latencies.quantile(0.95).map(elapsed).unwrap_or_default();
    vec![
        Cell::word(segment),
        Cell::word(name),
        Cell::word(shown.mode.name()).ink(Some(ink(shown.mode))),
        Cell::number(shown.window_calls),
        Cell::number(shown.window_failures),
        Cell::number(shown.window_slow),
        Cell::number(p95),
        Cell::number(shown.totals.rejected),
        Cell::number(retry),
    ]
}
