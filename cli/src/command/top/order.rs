//! Which breakers are shown, and which come first.

use super::row::Row;
use crate::cli::Order;
use holysheep_cb::Mode;
use std::cmp::{Ordering, Reverse};
use std::time::Instant;

/// The orders as the key goes through them.
pub(super) const ORDERS: [Order; 10] = [
    Order::Worst,
    Order::Name,
    Order::State,
    Order::Calls,
    Order::Failures,
    Order::Rejected,
    Order::P95,
    Order::Probe,
    Order::Processes,
    Order::Event,
];

impl Order {
    /// In words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Worst => "worst first",
            Self::Name => "by name",
            Self::State => "by state",
            Self::Calls => "by calls",
            Self::Failures => "by failures",
            Self::Rejected => "by rejections",
            Self::P95 => "by p95",
            Self::Probe => "by next probe",
            Self::Processes => "by processes",
            Self::Event => "by last event",
        }
    }

    /// The next one; after the last the first.
    pub(super) fn next(self) -> Self {
        let at = ORDERS.iter().position(|order| *order == self).unwrap_or(0);
        ORDERS[(at + 1) % ORDERS.len()]
    }
}

/// Sorts by this; what is alike in it, by name.
pub(super) fn sort(rows: &mut [Row], order: Order, reversed: bool, now: Instant) {
    rows.sort_by(|a, b| {
        let by = compare(a, b, order, now);
        (if reversed { by.reverse() } else { by }).then_with(|| a.key.cmp(&b.key))
    });
}

fn compare(a: &Row, b: &Row, order: Order, now: Instant) -> Ordering {
    let more = |a: f32, b: f32| b.total_cmp(&a);
    match order {
        Order::Worst => badness(a).cmp(&badness(b)),
        Order::Name => a.key.cmp(&b.key),
        Order::State => severity(a.mode).cmp(&severity(b.mode)),
        Order::Calls => more(a.rates.calls, b.rates.calls),
        Order::Failures => more(a.rates.failures, b.rates.failures),
        Order::Rejected => more(a.rates.rejected, b.rates.rejected),
        Order::P95 => b.latencies[1].cmp(&a.latencies[1]),
        Order::Probe => a.probe(now).cmp(&b.probe(now)),
        Order::Processes => b.processes.cmp(&a.processes),
        Order::Event => {
            let time = |row: &Row| Reverse(row.last.as_ref().map(|told| told.event.time_ns));
            time(a).cmp(&time(b))
        }
    }
}

/// The worst is the least. Volumes are compared by their power of two, so that rows do not change places at each look.
fn badness(row: &Row) -> (u8, Reverse<u8>, Reverse<u32>, Reverse<u32>) {
    let rank = match row.mode {
        Mode::Open | Mode::ForcedOpen => 0,
        Mode::HalfOpen => 1,
        Mode::Closed | Mode::Observing | Mode::Disabled => 2,
    };
    let power = |n: u64| u64::BITS - n.leading_zeros();
    let rejected = power(row.rates.rejected as u64);
    (rank, Reverse(row.failing.unwrap_or(0)), Reverse(rejected), Reverse(power(row.window_calls)))
}

const fn severity(mode: Mode) -> u8 {
    match mode {
        Mode::ForcedOpen => 0,
        Mode::Open => 1,
        Mode::HalfOpen => 2,
        Mode::Disabled => 3,
        Mode::Observing => 4,
        Mode::Closed => 5,
    }
}

/// Whether a breaker has each word of the filter in its segment, name or state.
pub(super) fn passes(row: &Row, filter: &str) -> bool {
    let shown = format!("{}/{} {}", row.key.segment, row.key.name, row.mode.name()).to_lowercase();
    filter.split_whitespace().all(|word| shown.contains(&word.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::idle;
    use super::*;
    use crate::watch::Rates;
    use std::time::Duration;

    fn names(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(|row| row.name.as_str()).collect()
    }

    fn host() -> Vec<Row> {
        let wait = |s| Some(Duration::from_secs(s));
        vec![
            Row { window_calls: 4000, ..idle("s", "busy", Mode::Closed) },
            Row { window_calls: 10, ..idle("s", "calm", Mode::Closed) },
            Row { window_calls: 10, failing: Some(20), ..idle("s", "failing", Mode::Closed) },
            Row { retry_after: None, ..idle("s", "probing", Mode::HalfOpen) },
            Row { retry_after: wait(9), ..idle("s", "dead", Mode::Open) },
            Row {
                retry_after: wait(3),
                rates: Rates { rejected: 40.0, ..Rates::default() },
                ..idle("s", "asked", Mode::Open)
            },
        ]
    }

    #[test]
    fn worst_first() {
        let mut rows = host();
        sort(&mut rows, Order::Worst, false, Instant::now());
        assert_eq!(names(&rows), ["asked", "dead", "probing", "failing", "busy", "calm"]);
        sort(&mut rows, Order::Worst, true, Instant::now());
        assert_eq!(names(&rows)[0], "calm");
    }

    #[test]
    fn by_a_column_and_what_is_alike_by_name() {
        let mut rows = host();
        sort(&mut rows, Order::Probe, false, Instant::now());
        assert_eq!(names(&rows), ["asked", "dead", "probing", "busy", "calm", "failing"]);
        sort(&mut rows, Order::Rejected, true, Instant::now());
        assert_eq!(names(&rows), ["busy", "calm", "dead", "failing", "probing", "asked"]);
        sort(&mut rows, Order::Name, false, Instant::now());
        assert_eq!(names(&rows)[..2], ["asked", "busy"]);
    }

    #[test]
    fn the_key_goes_through_all_of_them() {
        let mut order = Order::Worst;
        for _ in ORDERS {
            order = order.next();
        }
        assert_eq!(order, Order::Worst);
    }

    #[test]
    fn a_filter_asks_for_each_of_its_words() {
        let row = idle("billing", "relay|GPT-4.1", Mode::HalfOpen);
        for filter in ["", "gpt", "BILL half", " relay  open "] {
            assert!(passes(&row, filter), "{filter:?}");
        }
        assert!(!passes(&row, "gpt closed") && !passes(&row, "claude"));
    }
}
