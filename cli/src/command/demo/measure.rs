//! The figures of a run: a pure function of what the workers told and what the relay counted.

use super::abi::mode;
use super::fact::{Fact, Told};
use super::plan::{CREW, Language};
use serde_json::{Value, json};
use std::ops::Range;

/// Median and 99th percentile of what a rejection took, in ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Latency {
    /// Half of them took at most this.
    pub(super) median_ns: u64,
    /// All but one in a hundred took at most this.
    pub(super) p99_ns: u64,
}

/// The latency of the rejections of one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    /// Of the workers in this language.
    pub(super) language: Language,
    /// What their rejections took.
    pub(super) latency: Latency,
}

/// What was measured in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Measures {
    /// Calls that reached the dead service, by its own count.
    pub(super) dead_calls: u64,
    /// Time that its timeouts cost, of all workers together.
    pub(super) lost_ns: u64,
    /// From the outage's begin until the last worker was rejected or saw it open; none if one never did.
    pub(super) knew_after_ns: Option<u64>,
    /// From the outage's end until the last worker was answered; none if one never was.
    pub(super) back_after_ns: Option<u64>,
    /// Calls answered.
    pub(super) answered: u64,
    /// Calls that failed.
    pub(super) failed: u64,
    /// Calls rejected.
    pub(super) rejected: u64,
    /// What a rejection took, in the worker.
    pub(super) rejection: Latency,
    /// The same by language, where a language had any.
    pub(super) rejection_by_language: Vec<Spoken>,
}

impl Measures {
    /// Of a run whose outage lasted from `outage.start` to `outage.end`.
    pub(super) fn of(told: &[Told], outage: Range<u64>, dead_calls: u64) -> Self {
        let knew = |fact: &Fact| match *fact {
            Fact::Rejected { at, .. } | Fact::Mode { at, mode: mode::OPEN } => at >= outage.start,
            _ => false,
        };
        let back = |fact: &Fact| matches!(*fact, Fact::Result { at, ok: true, .. } if at >= outage.end);
        let facts = || told.iter().map(|told| told.fact);
        Self {
            dead_calls,
            lost_ns: facts().map(|f| if let Fact::Result { ok: false, ns, .. } = f { ns } else { 0 }).sum(),
            knew_after_ns: last_of_firsts(told, knew).map(|at| at - outage.start),
            back_after_ns: last_of_firsts(told, back).map(|at| at - outage.end),
            answered: facts().filter(|f| matches!(f, Fact::Result { ok: true, .. })).count() as u64,
            failed: facts().filter(|f| matches!(f, Fact::Result { ok: false, .. })).count() as u64,
            rejected: facts().filter(|f| matches!(f, Fact::Rejected { .. })).count() as u64,
            rejection: latency(told, |_| true).unwrap_or_default(),
            rejection_by_language: Language::ALL
                .into_iter()
                .filter_map(|l| {
                    latency(told, |spoken| spoken == l).map(|latency| Spoken { language: l, latency })
                })
                .collect(),
        }
    }
}

impl Measures {
    /// The figures as JSON.
    pub(super) fn json(&self) -> Value {
        let latency = |l: Latency| json!({ "median_ns": l.median_ns, "p99_ns": l.p99_ns });
        let by_language =
            self.rejection_by_language.iter().map(|s| (s.language.name().to_owned(), latency(s.latency)));
        json!({
            "dead_calls": self.dead_calls,
            "lost_ns": self.lost_ns,
            "knew_after_ns": self.knew_after_ns,
            "back_after_ns": self.back_after_ns,
            "answered": self.answered,
            "failed": self.failed,
            "rejected": self.rejected,
            "rejection": latency(self.rejection),
            "rejection_by_language": Value::Object(by_language.collect()),
        })
    }
}

/// When the last worker told its first such fact; none if one told none.
fn last_of_firsts(told: &[Told], such: impl Fn(&Fact) -> bool) -> Option<u64> {
    let first = |worker| told.iter().find(|t| t.worker == worker && such(&t.fact)).map(|t| t.fact.at());
    (0..CREW.len()).map(first).collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// What the rejections of these languages took; none if there were none.
fn latency(told: &[Told], of: impl Fn(Language) -> bool) -> Option<Latency> {
    let took = |t: &Told| match t.fact {
        Fact::Rejected { ns, .. } if of(CREW[t.worker].language) => Some(ns),
        _ => None,
    };
    let mut all: Vec<u64> = told.iter().filter_map(took).collect();
    all.sort_unstable();
    let rank = |percent: usize| all.get((all.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    Some(Latency { median_ns: rank(50)?, p99_ns: rank(99)? })
}

#[cfg(test)]
mod tests {
    use super::{Fact, Latency, Measures, Told};
    use crate::command::demo::plan::{CREW, Language};

    /// The same fact from every worker, `step` later each.
    fn chorus(step: u64, fact: impl Fn(u64) -> Fact) -> Vec<Told> {
        (0..CREW.len()).map(|worker| Told { worker, fact: fact(worker as u64 * step) }).collect()
    }

    // outage   100 ........ 200
    // failed     130..137             each took 30
    // rejected      140, 150 .. 210   (the last worker is late)
    // answered                205..212
    #[test]
    fn the_last_worker_counts() {
        let mut told = chorus(1, |late| Fact::Result { at: 130 + late, ok: false, ns: 30 });
        told.extend(chorus(10, |late| Fact::Rejected { at: 140 + late, ns: 1 + late }));
        told.extend(chorus(1, |late| Fact::Result { at: 205 + late, ok: true, ns: 4 }));
        let measures = Measures::of(&told, 100..200, 8);
        assert_eq!((measures.dead_calls, measures.lost_ns), (8, 240));
        assert_eq!((measures.knew_after_ns, measures.back_after_ns), (Some(110), Some(12)));
        assert_eq!((measures.answered, measures.rejected), (8, 8));
        assert_eq!(measures.rejection, Latency { median_ns: 31, p99_ns: 71 });
        assert_eq!(measures.rejection_by_language.len(), Language::ALL.len());
    }

    #[test]
    fn a_worker_that_never_knew_or_came_back_is_not_passed_over() {
        let mut told = chorus(1, |late| Fact::Rejected { at: 140 + late, ns: 1 });
        told.pop();
        let measures = Measures::of(&told, 100..200, 0);
        assert_eq!((measures.knew_after_ns, measures.back_after_ns), (None, None));
    }
}
