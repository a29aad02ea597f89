//! The service: a process that uses breakers and does nothing else.

use crate::sink::opaque;
use crate::subject::time_all;
use holysheep_cb::{Breaker, SegmentOptions};
use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// How many breakers its segment has, for the agent to look at.
pub(crate) const BREAKERS: usize = 100;
/// How long a round lasts, about.
const ROUND: Duration = Duration::from_micros(500);

/// The service, and the one breaker of its segment that it calls.
pub(crate) struct Service {
    breaker: Breaker,
    /// Calls in a round.
    n: u64,
}

/// What a call cost for some time.
#[derive(Clone, Copy)]
pub(crate) struct Spell {
    /// The median of its rounds, which what comes seldom does not move.
    pub(crate) median_ns: f64,
    /// All calls together, in the time that this thread computed: with what comes seldom, without what others took.
    pub(crate) mean_ns: f64,
}

impl Service {
    pub(crate) fn new() -> Self {
        let segment = SegmentOptions::new().capacity(256).open("service").expect("a directory of our own");
        let open = |i| Breaker::builder().segment(&segment).open(&format!("relay|model-{i}"));
        let mut breakers: Vec<_> =
            (0..BREAKERS).map(|i| open(i).expect("a fresh segment has room")).collect();
        let mut service = Self { breaker: breakers.swap_remove(0), n: 1000 };
        let per_call = service.round().max(1.0);
        service.n = (ROUND.as_nanos() as f64 / per_call) as u64;
        service
    }

    /// Calls for so long.
    pub(crate) fn spell(&self, length: Duration) -> Spell {
        let before = self.breaker.snapshot().totals.successes;
        let (begun, idle) = (Instant::now(), computed());
        let mut rounds = Vec::with_capacity(2 * length.div_duration_f64(ROUND) as usize);
        while begun.elapsed() < length {
            rounds.push(self.round());
        }
        let computed = computed() - idle;
        let calls = rounds.len() as u64 * self.n;
        assert_eq!(self.breaker.snapshot().totals.successes - before, calls, "wrong totals");
        rounds.sort_by(f64::total_cmp);
        Spell { median_ns: rounds[rounds.len() / 2], mean_ns: computed.as_nanos() as f64 / calls as f64 }
    }

    /// Nanoseconds for a call.
    fn round(&self) -> f64 {
        let call = || opaque(&self.breaker).admit().map(|permit| permit.success()).is_ok();
        time_all("admit + success", self.n, call).as_nanos() as f64 / self.n as f64
    }
}

/// The time that this thread has computed.
fn computed() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
