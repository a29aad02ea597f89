//! Counters of what reached the server. Every request that is received ends exactly one way: answered with a
//! status, cut by the server, or abandoned by the client; what has not ended is in flight.

use super::phase::Phase;
use super::script::Script;
use super::timeline::{Current, Seat};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// `POST /v1/chat/completions`
    Chat,
    /// `POST /v1/embeddings`
    Embeddings,
    /// `GET /v1/models`
    Models,
    /// Any other path or method.
    Other,
}

/// The names of the endpoints in the statistics, in the order of the enum.
const NAMES: [&str; 4] = ["chat_completions", "embeddings", "models", "other"];

/// Counters of one phase and one endpoint, or a sum of such.
#[derive(Debug, Default, Clone)]
struct Tally {
    received: u64,
    answered: BTreeMap<u16, u64>,
    hung: u64,
    cut: u64,
    abandoned: u64,
    streams: u64,
}

/// The counters of one phase.
#[derive(Debug)]
struct Row {
    seat: Seat,
    name: String,
    kind: String,
    tallies: [Tally; 4],
}

/// All counters since launch or reset.
#[derive(Debug)]
pub(super) struct Board(Mutex<Rows>);

#[derive(Debug)]
struct Rows {
    rows: Vec<Row>,
    seats: HashMap<Seat, usize>,
    /// API requests and other requests received: each numbers its own.
    numbers: [u64; 2],
}

/// A request that is being served; dropped before its end it counts as abandoned.
#[derive(Debug)]
pub(super) struct Ticket {
    board: Arc<Board>,
    row: usize,
    endpoint: Endpoint,
    ended: bool,
}

impl Board {
    /// A board of zeros with a row for every phase of the script.
    pub(super) fn new(script: &Script) -> Arc<Self> {
        let mut rows = Rows { rows: Vec::new(), seats: HashMap::new(), numbers: [0; 2] };
        for (index, phase) in script.phases.iter().enumerate() {
            rows.row(Seat::Script(index), phase);
        }
        Arc::new(Self(Mutex::new(rows)))
    }

    /// Counts a request in, and gives its number; requests to the API have numbers of their own.
    pub(super) fn receive(self: &Arc<Self>, current: &Current, endpoint: Endpoint) -> (Ticket, u64) {
        let mut rows = self.lock();
        let row = rows.row(current.seat, &current.phase);
        rows.rows[row].tallies[endpoint as usize].received += 1;
        let other = u64::from(endpoint == Endpoint::Other);
        let count = &mut rows.numbers[other as usize];
        let number = *count | other << 63;
        *count += 1;
        (Ticket { board: self.clone(), row, endpoint, ended: false }, number)
    }

    /// Totals, by endpoint and by phase.
    pub(super) fn report(&self) -> Value {
        let rows = self.lock();
        let mut by_endpoint: [Tally; 4] = Default::default();
        for row in &rows.rows {
            for (sum, tally) in by_endpoint.iter_mut().zip(&row.tallies) {
                sum.add(tally);
            }
        }
        let phases: Vec<_> = rows.rows.iter().map(Row::report).collect();
        json!({ "totals": sum(&by_endpoint).report(), "endpoints": each(&by_endpoint), "phases": phases })
    }

    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn row(&mut self, seat: Seat, phase: &Phase) -> usize {
        *self.seats.entry(seat).or_insert_with(|| {
            let (name, kind) = (phase.name.clone(), phase.kind.clone());
            self.rows.push(Row { seat, name, kind, tallies: Default::default() });
            self.rows.len() - 1
        })
    }
}

impl Row {
    fn report(&self) -> Value {
        let mut report = sum(&self.tallies).report();
        report["index"] = index(self.seat);
        report["name"] = self.name.as_str().into();
        report["kind"] = self.kind.as_str().into();
        report["endpoints"] = each(&self.tallies);
        report
    }
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.hung += other.hung;
        self.cut += other.cut;
        self.abandoned += other.abandoned;
        self.streams += other.streams;
        for (status, count) in &other.answered {
            *self.answered.entry(*status).or_default() += count;
        }
    }

    fn report(&self) -> Value {
        let answered: u64 = self.answered.values().sum();
        let by_status: serde_json::Map<_, _> =
            self.answered.iter().map(|(status, count)| (status.to_string(), Value::from(*count))).collect();
        json!({
            "received": self.received,
            "answered": answered,
            "by_status": by_status,
            "hung": self.hung,
            "cut": self.cut,
            "abandoned": self.abandoned,
            "in_flight": self.received - answered - self.cut - self.abandoned,
            "streams": self.streams,
        })
    }
}

impl Ticket {
    /// The request was put to hang; it has not ended yet.
    pub(super) fn hang(&self) {
        self.with(|tally| tally.hung += 1);
    }

    /// The answer is a stream; it has not ended yet.
    pub(super) fn stream(&self) {
        self.with(|tally| tally.streams += 1);
    }

    /// The whole answer is on its way.
    pub(super) fn answered(&mut self, status: u16) {
        self.end(|tally| *tally.answered.entry(status).or_default() += 1);
    }

    /// The server closes the connection.
    pub(super) fn cut(&mut self) {
        self.end(|tally| tally.cut += 1);
    }

    fn end(&mut self, count: impl FnOnce(&mut Tally)) {
        if !std::mem::replace(&mut self.ended, true) {
            self.with(count);
        }
    }

    fn with(&self, count: impl FnOnce(&mut Tally)) {
        count(&mut self.board.lock().rows[self.row].tallies[self.endpoint as usize]);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.end(|tally| tally.abandoned += 1);
    }
}

/// The index that the statistics show; null for what is not in the script.
pub(super) fn index(seat: Seat) -> Value {
    match seat {
        Seat::Script(index) => Value::from(index),
        Seat::Waiting | Seat::Guest(_) | Seat::Over => Value::Null,
    }
}

fn sum(tallies: &[Tally; 4]) -> Tally {
    tallies.iter().fold(Tally::default(), |mut sum, tally| {
        sum.add(tally);
        sum
    })
}

fn each(tallies: &[Tally; 4]) -> Value {
    NAMES.iter().zip(tallies).map(|(name, tally)| (name.to_string(), tally.report())).collect()
}
