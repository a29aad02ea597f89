//! How long to wait before a call is tried again, and whether it may be: backoff, what the server asks for, and the budget
//! that keeps retries from multiplying an outage.

use super::settings::Retry;
use super::watch::Cancel;
use crate::config::LimiterConfig;
use crate::error::Result;
use crate::limiter::Limiter;
use crate::segment::Segment;
use rand::Rng as _;
use std::time::{Duration, Instant};

/// A server's waiting time is lengthened by up to this share, so that those who heard the same do not all come at once.
/// Never shortened: who comes early is refused again.
const HINT_JITTER: f64 = 0.1;

/// The pause before retry number `n`, counted from 1, where the server asks for `hint`.
pub(super) fn before(retry: &Retry, n: u32, hint: Option<Duration>) -> Duration {
    before_with(retry, n, hint, rand::rng().random())
}

/// `random` is within 0..1.
fn before_with(retry: &Retry, n: u32, hint: Option<Duration>, random: f64) -> Duration {
    if let Some(hint) = hint.filter(|hint| !hint.is_zero()) {
        return hint.mul_f64(1.0 + HINT_JITTER * random);
    }
    let factor = 2_f64.powi(n.saturating_sub(1).min(62) as i32);
    let plain = (retry.base_ms as f64 * factor).min(retry.cap_ms as f64);
    let jittered = plain * (1.0 - retry.jitter + 2.0 * retry.jitter * random);
    Duration::from_secs_f64((jittered / 1e3).clamp(0.0, 86_400.0))
}

/// Sleeps until `until`, or until the caller breaks off; whether he did not.
pub(super) fn sleep_until(until: Instant, cancel: &Cancel) -> bool {
    // Short enough for a caller who breaks off not to notice, and long enough to cost nothing.
    const STEP: Duration = Duration::from_millis(20);
    loop {
        if cancel.is_cancelled() {
            return false;
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        std::thread::sleep(left.min(STEP));
    }
}

/// The retry budget, one for all processes of the host: each call brings a share of a retry, and each retry takes one.
///
/// It is a limiter whose units are thousandths of a retry: by itself it gains `budget_per_minute`, and each call gives units
/// back.
pub(super) struct Budget {
    limiter: Limiter,
    per_call: u32,
}

const WHOLE: u32 = 1000;

impl Budget {
    pub(super) fn open(segment: &Segment, retry: &Retry) -> Result<Self> {
        let per_minute = retry.budget_per_minute.clamp(1, 100_000);
        let burst = (per_minute / 6).max(10);
        let config = LimiterConfig::per_minute(per_minute * WHOLE).burst(burst * WHOLE);
        let limiter = Limiter::builder().segment(segment).config(config).open("client|retry-budget")?;
        if limiter.config() != config {
            limiter.configure(config)?;
        }
        let per_call = (retry.budget_ratio * f64::from(WHOLE)) as u32;
        Ok(Self { limiter, per_call })
    }

    /// A call is made.
    pub(super) fn call(&self) {
        self.limiter.give_back(self.per_call);
    }

    /// May a call be tried again?
    pub(super) fn retry(&self) -> bool {
        self.limiter.try_acquire(WHOLE).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn backoff_doubles_up_to_its_cap_and_is_jittered_both_ways() {
        let retry = Retry::default();
        for (n, seconds) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (1000, 60)] {
            assert_eq!(before_with(&retry, n, None, 0.5), Duration::from_secs(seconds), "retry {n}");
        }
        assert_eq!(before_with(&retry, 1, None, 0.0), 700 * MS);
        assert_eq!(before_with(&retry, 1, None, 1.0), 1300 * MS);
    }

    #[test]
    fn what_the_server_asks_for_is_kept_and_never_undercut() {
        let retry = Retry::default();
        assert_eq!(before_with(&retry, 1, Some(1200 * MS), 0.0), 1200 * MS);
        assert_eq!(before_with(&retry, 5, Some(1200 * MS), 1.0), 1320 * MS);
        assert_eq!(before_with(&retry, 1, Some(Duration::ZERO), 0.5), 1000 * MS, "no time is no hint");
    }

    #[test]
    fn a_pause_ends_when_the_caller_breaks_off() {
        let (cancel, begun) = (Cancel::new(), Instant::now());
        let other = cancel.clone();
        let thread = std::thread::spawn(move || other.cancel());
        assert!(!sleep_until(begun + Duration::from_secs(60), &cancel));
        assert!(begun.elapsed() < Duration::from_secs(30));
        thread.join().unwrap();
        assert!(sleep_until(begun, &Cancel::new()));
    }

    #[test]
    fn retries_are_a_share_of_the_calls() {
        let retry = Retry { budget_ratio: 0.5, budget_per_minute: 1, ..Retry::default() };
        let budget = Budget::open(&Segment::private(), &retry).unwrap();
        let first = (0..100).filter(|_| budget.retry()).count();
        assert_eq!(first, 10, "what is there at the beginning");
        (0..8).for_each(|_| budget.call());
        assert_eq!((0..100).filter(|_| budget.retry()).count(), 4);
    }
}
