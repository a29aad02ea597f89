//! The columns of the table, and which of them have room.

use super::row::{Probe, Row, TREND};
use super::text::{latency, left, rate};
use crate::cli::Order;
use crate::output::paint::Ink;
use holysheep_cb::Mode;
use std::time::Instant;

/// What stands in a cell.
pub(super) type Cell = (String, Option<Ink>);

/// A column that is as wide for all rows.
pub(super) struct Column {
    /// Its title.
    pub(super) title: &'static str,
    /// How wide it is at most.
    pub(super) width: usize,
    /// Words stand to the left, numbers to the right.
    pub(super) is_word: bool,
    /// The order that it is sorted by.
    pub(super) order: Option<Order>,
    /// What stands in it.
    pub(super) cell: fn(&Row, Instant) -> Cell,
    /// Those of greater weight go first where there is no room.
    weight: u8,
}

/// What has room.
pub(super) struct Plan {
    /// Between two columns.
    pub(super) gap: usize,
    /// Of the name.
    pub(super) name: usize,
    /// The other columns, and how wide each is.
    pub(super) columns: Vec<(&'static Column, usize)>,
    /// Of the curve; 0 = none.
    pub(super) trend: usize,
    /// Of the last event; 0 = none.
    pub(super) event: usize,
}

/// The weight of what goes first: failures in a second, as there is a share of them already.
const LAST: u8 = 9;
/// A name gets at least so much.
const LEAST_NAME: usize = 18;
/// A last event is not worth less.
const LEAST_EVENT: usize = 16;
/// Nor does it need more.
const MOST_EVENT: usize = 64;

/// The columns but for the name, from left to right.
static COLUMNS: [Column; 10] = [
    column("STATE", 11, 0, Some(Order::State), |row, _| {
        (row.mode.name().to_owned(), Some(crate::command::breaker::ink(row.mode)))
    }),
    column("CALL/S", 6, 1, Some(Order::Calls), |row, _| per_second(row.rates.calls, None)),
    column("FAIL%", 5, 2, Some(Order::Worst), |row, _| match row.failing {
        Some(share) => (share.to_string(), ink_of_share(share)),
        None => (String::new(), None),
    }),
    column("FAIL/S", 6, LAST, Some(Order::Failures), |row, _| per_second(row.rates.failures, Some(Ink::Red))),
    column("REJ/S", 5, 4, Some(Order::Rejected), |row, _| per_second(row.rates.rejected, Some(Ink::Yellow))),
    column("P50", 5, 7, None, |row, _| quantile(row, 0)),
    column("P95", 5, 3, Some(Order::P95), |row, _| quantile(row, 1)),
    column("P99", 5, 6, None, |row, _| quantile(row, 2)),
    column("PROBE", 6, 5, Some(Order::Probe), |row, now| probe(row.probe(now))),
    column("PROC", 4, 8, Some(Order::Processes), |row, _| {
        (row.processes.map_or("?".to_owned(), |n| n.to_string()), None)
    }),
];

const fn column(
    title: &'static str,
    width: usize,
    weight: u8,
    order: Option<Order>,
    cell: fn(&Row, Instant) -> Cell,
) -> Column {
    Column { title, width, is_word: matches!(order, Some(Order::State)), order, cell, weight }
}

fn per_second(n: f32, ink: Option<Ink>) -> Cell {
    let text = rate(n);
    let ink = if text == "0" { Some(Ink::Dim) } else { ink };
    (text, ink)
}

fn quantile(row: &Row, at: usize) -> Cell {
    (row.latencies[at].map(latency).unwrap_or_default(), None)
}

const fn ink_of_share(share: u8) -> Option<Ink> {
    match share {
        0 => Some(Ink::Dim),
        1..10 => None,
        10..50 => Some(Ink::Yellow),
        _ => Some(Ink::Red),
    }
}

/// When the next call goes through.
pub(super) fn probe(probe: Probe) -> Cell {
    match probe {
        Probe::Now => ("now".to_owned(), Some(Ink::Magenta)),
        Probe::In(span) => (left(span), None),
        Probe::Out => ("out".to_owned(), Some(Ink::Magenta)),
        Probe::Never => ("never".to_owned(), None),
        Probe::Unasked => (String::new(), None),
    }
}

/// What has room in this width, if names and states take so much.
pub(super) fn plan(width: usize, names: usize, states: usize) -> Plan {
    let (gap, most_name) = if width < 140 { (1, 32) } else { (2, 48) };
    let names = names.clamp(LEAST_NAME, most_name);
    let width_of = |column: &Column| {
        if column.is_word { states.clamp(column.title.len(), column.width) } else { column.width }
    };
    let mut by_weight: Vec<_> = COLUMNS.iter().collect();
    by_weight.sort_by_key(|column| column.weight);
    let (mut used, mut least) = (0, 0);
    for column in by_weight {
        // What comes last must leave the names whole.
        let name = if column.weight == LAST { names } else { LEAST_NAME };
        if name + used + gap + width_of(column) > width {
            break;
        }
        used += gap + width_of(column);
        least = column.weight + 1;
    }
    let columns = COLUMNS.iter().filter(|column| column.weight < least);
    let columns = columns.map(|column| (column, width_of(column))).collect();
    let mut rest = width.saturating_sub(used + names.min(width));
    let mut take = |least: usize, most: usize| {
        let taken = if rest < gap + least { 0 } else { (rest - gap).min(most) };
        rest -= if taken > 0 { gap + taken } else { 0 };
        taken
    };
    let trend = if width < 160 { 0 } else { take(TREND, TREND) };
    let event = take(LEAST_EVENT, MOST_EVENT);
    let taken = [trend, event].into_iter().filter(|part| *part > 0).map(|part| gap + part);
    let name = width.saturating_sub(used + taken.sum::<usize>());
    Plan { gap, name, columns, trend, event }
}

/// The ink of a name: what is wrong is read first.
pub(super) const fn ink_of_name(mode: Mode) -> Option<Ink> {
    match mode {
        Mode::Open | Mode::ForcedOpen | Mode::HalfOpen => Some(Ink::Bold),
        Mode::Closed | Mode::Disabled | Mode::Observing => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_goes_by_weight() {
        let titles = |width, names| -> Vec<_> {
            plan(width, names, 11).columns.iter().map(|(column, _)| column.title).collect()
        };
        assert_eq!(
            titles(79, 40),
            ["STATE", "CALL/S", "FAIL%", "REJ/S", "P50", "P95", "P99", "PROBE", "PROC"]
        );
        assert_eq!(titles(60, 40), ["STATE", "CALL/S", "FAIL%", "REJ/S", "P95", "PROBE"]);
        assert_eq!(titles(30, 40), ["STATE"]);
        assert_eq!(titles(90, 18).len(), 10);
    }

    #[test]
    fn nothing_is_wider_than_the_screen() {
        for width in 0..300 {
            for names in [0, 18, 40, 200] {
                let plan = plan(width, names, 9);
                let columns: usize = plan.columns.iter().map(|(_, width)| plan.gap + width).sum();
                let more = [plan.trend, plan.event].iter().filter(|part| **part > 0).map(|n| n + plan.gap);
                assert_eq!(plan.name + columns + more.sum::<usize>(), width, "{width} {names}");
            }
        }
        let wide = plan(200, 30, 11);
        assert!(wide.event >= LEAST_EVENT && wide.trend > 0);
    }
}
