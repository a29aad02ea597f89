//! Asking the rules over the window (S5), and what follows: a trip, a would-be trip, or a flag that makes the next
//! successes ask again.
//!
//! # Orderings
//! - SYNC-ARM: a call that was just counted finds that a rule holds but for `min_calls`, while another call, which did
//!   not see it, clears `armed`. Both write the word, even where it stays the same. If the clearing comes first, the
//!   other write sets `armed` again; if it comes second, it acquires the first one's count, and asks the rules once more
//!   after clearing. So the flag is never lost.

use super::gate::Gate;
use crate::config::{Rules, Tally};
use crate::layout::{Site, count};
use crate::outcome::Mode;
use crate::word::{Event, State};

/// How often clearing a flag leads to looking again; each further time takes another call at the same moment, and that
/// call looks too.
const LOOKS: usize = 4;

impl<S: Site> Gate<'_, S> {
    /// After a call was counted in `generation`. `row`: the failures in a row that it completed, whatever has ended the
    /// row since. `throttled`: it carried a server's waiting time while observing, which
    /// would have tripped by itself (S9).
    pub(super) fn judge(self, generation: u16, row: u64, rules: &Rules, throttled: bool, now: u64) {
        let cell = self.0.cell();
        if throttled {
            count(&cell.tallies.would_trip);
        }
        for _ in 0..LOOKS {
            let state = cell.word.load();
            if state.generation() != generation {
                return;
            }
            let judgement = rules.judge(&self.tally(state, row, rules, now));
            let observing = state.mode() == Mode::Observing;
            if let (Some(reason), false) = (judgement.met, observing) {
                let _ = self.apply(Event::Trip { generation, reason }, rules, now);
                return;
            }
            let (armed, would_trip) = (judgement.armed, judgement.met.is_some());
            if !(armed || would_trip || state.armed() || state.would_trip()) {
                return;
            }
            let applied = self.apply(Event::Flags { generation, armed, would_trip }, rules, now);
            if !throttled && applied.after.would_trip() && !applied.before.would_trip() {
                count(&cell.tallies.would_trip);
            }
            if armed || would_trip {
                return;
            }
        }
    }

    /// What the windows hold, as far as the rules ask.
    fn tally(self, state: State, row: u64, rules: &Rules, now: u64) -> Tally {
        let cell = self.0.cell();
        let tag = self.window_tag(state);
        let row = row.max(cell.row.get(Self::row_tag(state)));
        if rules.calls_window {
            let counts = cell.ring.calls(tag, rules.window_calls);
            let threshold_met = counts.failures >= u64::from(rules.failure_threshold);
            return Tally { threshold_met, counts, row };
        }
        let enough = rules.failure_threshold;
        let threshold_met =
            rules.failure_rule() && (enough == 0 || cell.ring.stamps_reach(enough, tag, now, rules.window));
        let asks_calls = rules.slow_rule() || (threshold_met && rules.failure_rule_asks_calls());
        let counts = if asks_calls { self.ticks(state, rules, now) } else { Default::default() };
        Tally { threshold_met, counts, row }
    }

    /// The calls of the time window.
    pub(super) fn ticks(self, state: State, rules: &Rules, now: u64) -> crate::config::Counts {
        let cell = self.0.cell();
        let sums = || cell.sums(self.0.stripes());
        cell.ticks.counts(now / rules.tick_width(), self.window_tag(state), rules.buckets, sums)
    }
}
