//! What the workers of a run told: every fact for the figures, and a row per worker for the screen.

use super::abi::mode;
use super::fact::{Fact, Told};
use super::plan::{CREW, Plan};
use super::strip::{Did, Strip};

/// What is known of one worker.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The mode in which it saw its breaker last.
    pub(super) mode: Option<u32>,
    /// Calls answered.
    pub(super) answered: u64,
    /// Calls that failed.
    pub(super) failed: u64,
    /// Calls rejected.
    pub(super) rejected: u64,
    /// Its time line.
    pub(super) strip: Strip,
    /// Its call under way is a probe.
    probing: bool,
}

/// The book of a run.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    /// When the run began; what was told before belongs to its first moment.
    pub(super) began: u64,
    /// A row per worker, in the order of the crew.
    pub(super) rows: Vec<Row>,
    /// Every fact, in the order in which it was heard.
    pub(super) told: Vec<Told>,
    /// Time that failed calls took, in ns.
    pub(super) lost: u64,
}

impl Ledger {
    /// An empty one of a run that has not begun.
    pub(super) fn new(plan: &Plan) -> Self {
        let length = u64::try_from(plan.total().as_nanos()).unwrap_or(u64::MAX);
        let row = Row {
            mode: None,
            answered: 0,
            failed: 0,
            rejected: 0,
            strip: Strip::new(length),
            probing: false,
        };
        Self { began: u64::MAX, rows: vec![row; CREW.len()], told: Vec::new(), lost: 0 }
    }

    /// Enters a fact.
    pub(super) fn enter(&mut self, told: Told) {
        self.told.push(told);
        let at = told.fact.at().saturating_sub(self.began);
        let row = &mut self.rows[told.worker];
        match told.fact {
            Fact::Hello { .. } => row.mode = Some(mode::CLOSED),
            Fact::Probe { .. } => row.probing = true,
            Fact::Mode { mode, .. } => row.mode = Some(mode),
            Fact::Rejected { .. } => {
                row.rejected += 1;
                row.strip.note(at, 0, Did::Rejected);
            }
            Fact::Result { ok, ns, .. } => {
                *(if ok { &mut row.answered } else { &mut row.failed }) += 1;
                self.lost += if ok { 0 } else { ns };
                let probe = std::mem::take(&mut row.probing);
                row.strip.note(
                    at,
                    ns,
                    if probe {
                        Did::Probe
                    } else if ok {
                        Did::Answered
                    } else {
                        Did::InVain
                    },
                );
            }
        }
    }

    /// Enters that a worker was killed.
    pub(super) fn killed(&mut self, worker: usize, at: u64) {
        let row = &mut self.rows[worker];
        (row.probing, row.mode) = (false, None);
        row.strip.note(at.saturating_sub(self.began), 0, Did::Killed);
    }

    /// Closes the book: the workers have ended.
    pub(super) fn close(&mut self) {
        self.rows.iter_mut().for_each(|row| row.strip.end());
    }

    /// Calls answered, failed and rejected, of all workers.
    pub(super) fn sums(&self) -> (u64, u64, u64) {
        let sum = |of: fn(&Row) -> u64| self.rows.iter().map(of).sum();
        (sum(|r| r.answered), sum(|r| r.failed), sum(|r| r.rejected))
    }
}
