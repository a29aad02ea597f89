//! What a breaker shows: reading only, and S6's aging without any roll.

use super::gate::Gate;
use crate::histogram::Histogram;
use crate::layout::{Site, read, total_successes};
use crate::outcome::Mode;
use crate::stats::{Snapshot, Totals};
use crate::word::open_remaining;

impl<S: Site> Gate<'_, S> {
    /// State, window and totals at `now`.
    pub(crate) fn snapshot(self, now: u64) -> Snapshot {
        let cell = self.0.cell();
        let state = cell.word.load();
        let rules = self.rules();
        let mode = state.mode();
        let recording = matches!(mode, Mode::Closed | Mode::Observing);
        let half_open = mode == Mode::HalfOpen;
        let counts = if recording && rules.calls_window {
            cell.ring.calls(self.window_tag(state), rules.window_calls)
        } else if recording {
            self.ticks(state, &rules, now)
        } else if half_open {
            state.episode()
        } else {
            Default::default()
        };
        Snapshot {
            mode,
            generation: state.generation(),
            window_calls: counts.calls,
            window_failures: counts.failures,
            window_slow: counts.slow,
            probes_in_flight: if half_open { state.in_flight().into() } else { 0 },
            consecutive_failures: if recording { cell.row.get(Self::row_tag(state)) as u32 } else { 0 },
            open_remaining_ns: open_remaining(state, now),
            own_open_remaining_ns: cell
                .lent
                .own_deadline_ms(state)
                .saturating_mul(1_000_000)
                .saturating_sub(now),
            remote: cell.lent.is_lent(state),
            advised_remaining_ns: cell.lent.advised_for(now),
            changed_at_ns: read(&cell.changed_at),
            totals: self.totals(),
            private: false,
        }
    }

    fn totals(self) -> Totals {
        let tallies = &self.0.cell().tallies;
        let stripes = self.0.stripes();
        Totals {
            successes: total_successes(stripes),
            failures: read(&tallies.failures),
            slow: read(&tallies.slow),
            ignored: read(&tallies.ignored),
            late: read(&tallies.late),
            rejected: stripes.iter().fold(0, |sum, stripe| sum.wrapping_add(read(&stripe.rejected))),
            throttled: read(&tallies.throttled),
            opened: read(&tallies.opened),
            half_opened: read(&tallies.half_opened),
            closed: read(&tallies.closed),
            would_trip: read(&tallies.would_trip),
            probes_lost: read(&tallies.probes_lost),
        }
    }

    /// The latencies of the successes (S13).
    pub(crate) fn histogram(self) -> Histogram {
        let stripes = self.0.stripes();
        Histogram::new(std::array::from_fn(|i| {
            stripes.iter().fold(0_u64, |n, s| n.saturating_add(read(&s.successes[i])))
        }))
    }
}
