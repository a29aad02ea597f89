//! Giving a permit back (S2, S4, S6, S9, S13).
//!
//! # Orderings
//! - SYNC-EPOCH: who rolls the window swaps the end of its tick into `next_tick` (AcqRel) and then reads the epoch; who
//!   reconfigures raises the epoch and then swaps zero in. Whoever swaps second sees what the first did before, so a
//!   tick's end of the old window never stays.

use super::gate::Gate;
use crate::config::Rules;
use crate::histogram;
use crate::layout::{Site, commit, count};
use crate::outcome::Outcome;
use crate::prim::Ordering;
use crate::window::{Calls, Rolled};
use crate::word::{Answer, Permit, State, Tag};

/// How often a window that was outlived is rolled again: once with its new tag, and once more for a reconfiguration at
/// the same moment.
const ROLLS: usize = 3;

/// What is given back with a permit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    pub(crate) permit: Permit,
    pub(crate) outcome: Outcome,
    /// In ns.
    pub(crate) duration: u64,
    /// The server's own waiting time, 0 if it named none (S9).
    pub(crate) hint_ms: u64,
}

/// A report under the rules of its moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) outcome: Outcome,
    pub(super) slow: bool,
    /// The waiting time that is honoured, 0 if none.
    pub(super) hint_ms: u64,
    duration: u64,
}

impl<S: Site> Gate<'_, S> {
    /// Counts a success, if that is all there is to do: closed in the permit's generation, nothing armed, no row to end,
    /// not slow, and within the newest tick.
    #[inline(always)]
    pub(crate) fn record_success_at_once(self, permit: Permit, now: u64) -> bool {
        let cell = self.0.cell();
        let duration = permit.age(now);
        let calm = cell.word.load().word() == permit.calm_word()
            && cell.row.is_clear()
            && duration < cell.settings.slow_from()
            && self.is_in_tick(now);
        if calm {
            count(&self.0.stripe().successes[histogram::bin(duration)]);
        }
        calm
    }

    /// The newest tick ends after `now`, and not absurdly late.
    #[inline(always)]
    fn is_in_tick(self, now: u64) -> bool {
        let cell = self.0.cell();
        // ORDERING: Relaxed; an outcome belongs to the tick in which it is counted (S15).
        let end = cell.next_tick.load(Ordering::Relaxed);
        end.wrapping_sub(now).wrapping_sub(1) < cell.settings.farthest_tick()
    }

    /// Gives a permit back, in every case.
    pub(crate) fn record(self, report: Report, now: u64) {
        if report.permit.word() <= Permit::PASS.word() {
            return;
        }
        let rules =
            if self.0.cell().lent.advised_for(now) > 0 { self.rules().halved() } else { self.rules() };
        let failed = report.outcome == Outcome::Failure;
        let call = Call {
            outcome: report.outcome,
            slow: report.outcome != Outcome::Ignored && rules.is_slow(report.duration),
            hint_ms: if failed { report.hint_ms.min(rules.retry_after_max_ms) } else { 0 },
            duration: report.duration,
        };
        let event = report.permit.returned(call.outcome, call.slow, call.hint_ms);
        let applied = self.apply(event, &rules, now);
        match applied.answer {
            Answer::Windowed => self.record_in_window(applied.after, &rules, &call, now),
            Answer::Counted => self.total(&call),
            _ => self.total_late(&call),
        }
    }

    /// A call while closed or observing: row, window, totals, and then the rules (S5).
    fn record_in_window(self, state: State, rules: &Rules, call: &Call, now: u64) {
        let cell = self.0.cell();
        let failed = call.outcome == Outcome::Failure;
        let new_tick = !self.is_in_tick(now);
        let mut row = 0;
        if failed {
            row = cell.row.fail(Self::row_tag(state), || self.is_in(state));
        } else if !cell.row.is_clear() {
            cell.row.end();
        }
        if rules.calls_window {
            let tag = self.window_tag(state);
            cell.ring.call(tag, failed, call.slow, || self.is_in(state) && self.window_tag(state) == tag);
        } else {
            if new_tick || state.armed() {
                self.roll(state, rules, now);
            }
            if failed {
                cell.ring.stamp(self.window_tag(state), now);
            }
        }
        self.total(call);
        let looks =
            failed || call.slow || new_tick || state.armed() || state.would_trip() || rules.calls_window;
        if looks {
            self.judge(state.generation(), row, rules, call.hint_ms > 0, now);
        }
    }

    /// The breaker is still in the generation of `state`.
    fn is_in(self, state: State) -> bool {
        self.0.cell().word.load().generation() == state.generation()
    }

    /// The totals of S13, the ring's commit among them. A slow call is counted as a call before it is counted as slow, so
    /// that no judge sees more slow calls than calls (SYNC-SUMS).
    fn total(self, call: &Call) {
        let tallies = &self.0.cell().tallies;
        match call.outcome {
            Outcome::Success => count(&self.0.stripe().successes[histogram::bin(call.duration)]),
            Outcome::Failure => commit(&tallies.failures),
            Outcome::Ignored => count(&tallies.ignored),
        }
        if call.slow {
            commit(&tallies.slow);
        }
        if call.hint_ms > 0 {
            count(&tallies.throttled);
        }
    }

    fn total_late(self, call: &Call) {
        let tallies = &self.0.cell().tallies;
        count(&tallies.late);
        if call.hint_ms > 0 {
            count(&tallies.throttled);
        }
    }

    /// Opens the tick of `now` if nobody has. A window that has been outlived gets a new tag first, which empties it.
    fn roll(self, state: State, rules: &Rules, now: u64) {
        let (cell, width) = (self.0.cell(), rules.tick_width());
        for _ in 0..ROLLS {
            let epoch = cell.settings.window_epoch();
            let tag = Tag::new(state.generation(), epoch);
            let is_current = || self.is_in(state) && cell.settings.window_epoch() == epoch;
            let calls = Calls { sum: |i| cell.sum(i, self.0.stripes()), is_current };
            match cell.ticks.roll(now / width, tag, rules.buckets, &calls) {
                Rolled::Outlived => cell.settings.empty_window(epoch),
                Rolled::Elsewhere => return,
                Rolled::To(tick) => {
                    cell.ring.sweep(tag, now, rules.window);
                    // ORDERING: AcqRel, SYNC-EPOCH, both.
                    cell.next_tick.swap(tick.saturating_add(1).saturating_mul(width), Ordering::AcqRel);
                    if cell.settings.window_epoch() != epoch {
                        cell.next_tick.swap(0, Ordering::AcqRel);
                    }
                    return;
                }
            }
        }
    }

    pub(super) fn window_tag(self, state: State) -> Tag {
        Tag::new(state.generation(), self.0.cell().settings.window_epoch())
    }

    pub(super) fn row_tag(state: State) -> Tag {
        Tag::new(state.generation(), 0)
    }
}
