//! The columns of the table, and which of them have room.

use super::row::{Probe, Row};
use super::text::{latency, left, rate};
use crate::cli::Order;
use crate::output::paint::Ink;
use holysheep_cb::Mode;
use std::time::Instant;

/// What stands in a cell.
pub(super) type Cell = (String, Option<Ink>);

/// A column of fixed width.
pub(super) struct Column {
    /// Its title.
    pub(super) title: &'static str,
    /// How wide it is.
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
    /// The columns of fixed width.
    pub(super) columns: Vec<&'static Column>,
    /// Of the curve; 0 = none.
    pub(super) trend: usize,
    /// Of the last event; 0 = none.
    pub(super) event: usize,
}

/// A name gets at least so much.
const LEAST_NAME: usize = 18;
/// A last event is not worth less.
const LEAST_EVENT: usize = 22;
/// Nor does it need more.
const MOST_EVENT: usize = 64;

/// The columns of fixed width, from left to right.
static COLUMNS: [Column; 10] = [
    column("STATE", 11, 0, Some(Order::State), |row, _| {
        (row.mode.name().to_owned(), Some(crate::command::breaker::ink(row.mode)))
    }),
    column("CALL/S", 6, 1, Some(Order::Calls), |row, _| per_second(row.rates.calls, None)),
    column("FAIL%", 5, 2, Some(Order::Worst), |row, _| match row.failing {
        Some(share) => (share.to_string(), ink_of_share(share)),
        None => (String::new(), None),
    }),
    column("FAIL/S", 6, 9, Some(Order::Failures), |row, _| per_second(row.rates.failures, Some(Ink::Red))),
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

/// What has room in this width, if names take so much.
pub(super) fn plan(width: usize, names: usize) -> Plan {
    let gap = if width < 120 { 1 } else { 2 };
    let names = names.clamp(LEAST_NAME, 48);
    let mut by_weight: Vec<_> = COLUMNS.iter().collect();
    by_weight.sort_by_key(|column| column.weight);
    let mut used = 0;
    let mut least = 0;
    for column in by_weight {
        // Failures in a second are the last to come: there is a share of them already.
        let name = if column.weight == 9 { names.min(30) } else { LEAST_NAME };
        if name + used + gap + column.width > width {
            break;
        }
        used += gap + column.width;
        least = column.weight + 1;
    }
    let columns = COLUMNS.iter().filter(|column| column.weight < least).collect();
    let mut rest = width.saturating_sub(used + names.min(width));
    let mut event = 0;
    if rest >= gap + LEAST_EVENT {
        event = (rest - gap).min(MOST_EVENT);
        rest -= gap + event;
    }
    let trend = if rest >= gap + super::row::TREND { super::row::TREND } else { 0 };
    let taken = used + if event > 0 { gap + event } else { 0 } + if trend > 0 { gap + trend } else { 0 };
    Plan { gap, name: width.saturating_sub(taken), columns, trend, event }
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
            let plan = plan(width, names);
            plan.columns.iter().map(|column| column.title).collect()
        };
        assert_eq!(
            titles(80, 40),
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
                let plan = plan(width, names);
                let columns: usize = plan.columns.iter().map(|column| plan.gap + column.width).sum();
                let more = [plan.trend, plan.event].iter().filter(|part| **part > 0).map(|n| n + plan.gap);
                assert_eq!(plan.name + columns + more.sum::<usize>(), width, "{width} {names}");
            }
        }
        let wide = plan(200, 30);
        assert!(wide.event >= LEAST_EVENT && wide.trend > 0);
    }
}
