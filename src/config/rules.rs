//! A configuration made ready for decisions: named, in range, with the relations between fields clamped (S11: a call
//! may see fields of two configurations mixed, so this is done at every read).

use super::table::{FIELDS, Field, ONE, Values};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Reason;

const MS: u64 = 1_000_000;

/// What the state machine and the windows ask a configuration. Times in ns, rates in ppm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) failure_threshold: u32,
    failure_ppm: u32,
    min_calls: u32,
    row: u32,
    slow_ppm: u32,
    slow_call: u64,
    pub(crate) calls_window: bool,
    pub(crate) window: u64,
    pub(crate) buckets: u64,
    pub(crate) window_calls: u64,
    open: u64,
    backoff_ppm: u32,
    open_max: u64,
    jitter_ppm: u32,
    pub(crate) max_probes: u8,
    max_concurrent: u8,
    pub(crate) success_threshold: u8,
    pub(crate) rate_verdict: bool,
    pub(crate) interval: u64,
    pub(crate) half_open_max: u64,
    pub(crate) lease: u64,
    pub(crate) retry_after_max_ms: u64,
}

/// What the windows hold at a record, as far as the rules ask.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// At least `failure_threshold` failures are in the window.
    pub(crate) threshold_met: bool,
    pub(crate) counts: Counts,
    pub(crate) row: u64,
}

/// Calls of a window, and how many of them failed and were slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) calls: u64,
    pub(crate) failures: u64,
    pub(crate) slow: u64,
}

/// What the rules say of a tally (S5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// The first rule that is met.
    pub(crate) met: Option<Reason>,
    /// A rule holds but for `min_calls`: the next success may complete it.
    pub(crate) armed: bool,
}

impl Rules {
    /// A configuration that may come from memory that anybody wrote, or be two mixed: each value is brought into its
    /// range, and a rule that lacks what it needs is off.
    pub(crate) fn new(values: Values) -> Self {
        let mut rules = Self::read(values);
        if rules.calls_window {
            rules.min_calls = rules.min_calls.min(rules.window_calls as u32);
            rules.failure_threshold = rules.failure_threshold.min(rules.window_calls as u32);
        }
        if rules.failure_threshold == 0 && rules.min_calls == 0 {
            rules.failure_ppm = 0;
        }
        if rules.min_calls == 0 || rules.slow_call == 0 {
            rules.slow_ppm = 0;
        }
        if rules.failure_ppm == 0 && rules.slow_ppm == 0 {
            rules.rate_verdict = false;
        }
        rules
    }

    /// As configured, each value in its own range.
    fn read(values: Values) -> Self {
        let get = |field: Field| {
            values[field as usize].clamp(FIELDS[field as usize].min, FIELDS[field as usize].max)
        };
        let ns = |field: Field| u64::from(get(field)) * MS;
        let max_probes = get(Field::HalfOpenMaxCalls);
        Self {
            failure_threshold: get(Field::FailureThreshold),
            failure_ppm: get(Field::FailureRate),
            min_calls: get(Field::MinCalls),
            row: get(Field::ConsecutiveFailures),
            slow_ppm: get(Field::SlowRate),
            slow_call: ns(Field::SlowCall),
            calls_window: get(Field::Window) == 1,
            window: ns(Field::WindowLength),
            buckets: u64::from(get(Field::WindowBuckets)),
            window_calls: u64::from(get(Field::WindowCalls)),
            open: ns(Field::Open),
            backoff_ppm: get(Field::OpenBackoff),
            open_max: ns(Field::OpenMax).max(ns(Field::Open)),
            jitter_ppm: get(Field::OpenJitter),
            max_probes: max_probes as u8,
            max_concurrent: get(Field::HalfOpenMaxConcurrent) as u8,
            success_threshold: get(Field::SuccessThreshold).min(max_probes) as u8,
            rate_verdict: get(Field::HalfOpenVerdict) == 1,
            interval: ns(Field::HalfOpenInterval),
            half_open_max: ns(Field::HalfOpenMax),
            lease: ns(Field::ProbeLease),
            retry_after_max_ms: u64::from(get(Field::RetryAfterMax)),
        }
    }

    /// Half of what the rules ask for, rounded up: the service has failed elsewhere already.
    pub(crate) fn halved(self) -> Self {
        Self {
            failure_threshold: self.failure_threshold.div_ceil(2),
            failure_ppm: self.failure_ppm.div_ceil(2),
            min_calls: self.min_calls.div_ceil(2),
            row: self.row.div_ceil(2),
            slow_ppm: self.slow_ppm.div_ceil(2),
            ..self
        }
    }

    /// An error if the fields contradict each other.
    pub(crate) fn check(values: Values) -> Result<()> {
        let rules = Self::read(values);
        let wrong = |message: String| Err(Error::new(ErrorKind::Config, message));
        if rules.failure_ppm > 0 && rules.failure_threshold == 0 && rules.min_calls == 0 {
            let rate = FIELDS[Field::FailureRate as usize].show(rules.failure_ppm);
            return wrong(format!(
                "failure_rate is {rate}, but with failure_threshold 0 and min_calls 0 the first failure would decide: \
                 failure_threshold must be within 1..=64 or min_calls within 1..=1048576"
            ));
        }
        if rules.slow_ppm > 0 && (rules.min_calls == 0 || rules.slow_call == 0) {
            let rate = FIELDS[Field::SlowRate as usize].show(rules.slow_ppm);
            let (calls, ms) = (rules.min_calls, rules.slow_call / MS);
            return wrong(format!(
                "slow_rate is {rate}, but min_calls is {calls} and slow_call_ms is {ms}: min_calls must be within \
                 1..=1048576 and slow_call_ms within 1..=86400000"
            ));
        }
        if rules.rate_verdict && rules.failure_ppm == 0 && rules.slow_ppm == 0 {
            return wrong(
                "half_open_verdict is \"rate\", but failure_rate and slow_rate are both 0: one must be above 0".into(),
            );
        }
        if rules.calls_window && u64::from(rules.failure_threshold) > rules.window_calls {
            let (threshold, calls) = (rules.failure_threshold, rules.window_calls);
            return wrong(format!(
                "failure_threshold is {threshold}, but with a window of {calls} calls must be within 0..={calls}"
            ));
        }
        Ok(())
    }

    /// A call is slow iff its duration (ns) reaches `slow_call_ms`.
    pub(crate) fn is_slow(&self, duration: u64) -> bool {
        self.slow_call > 0 && duration >= self.slow_call
    }

    /// The slow rule is on.
    pub(crate) fn slow_rule(&self) -> bool {
        self.slow_ppm > 0
    }

    /// The length of a tick in ns, never 0.
    pub(crate) fn tick_width(&self) -> u64 {
        (self.window / self.buckets).max(1)
    }

    /// The failure rule is on.
    pub(crate) fn failure_rule(&self) -> bool {
        self.failure_threshold > 0 || self.failure_ppm > 0
    }

    /// The window's calls are needed to judge, once the threshold is met.
    pub(crate) fn failure_rule_asks_calls(&self) -> bool {
        self.failure_ppm > 0 || self.min_calls > 0
    }

    /// Whether the rules hold over `tally` (DESIGN section 2: any one that is met trips).
    pub(crate) fn judge(&self, tally: &Tally) -> Judgement {
        let Counts { calls, failures, slow } = tally.counts;
        let enough = calls >= u64::from(self.min_calls);
        let failure =
            self.failure_rule() && tally.threshold_met && reaches(failures, self.failure_ppm, calls);
        let slow = self.slow_rule() && reaches(slow, self.slow_ppm, calls);
        let met = if failure && enough {
            Some(Reason::Failure)
        } else if self.row > 0 && tally.row >= u64::from(self.row) {
            Some(Reason::Row)
        } else if slow && enough {
            Some(Reason::Slow)
        } else {
            None
        };
        Judgement { met, armed: (failure || slow) && !enough }
    }

    /// A further probe may be in flight beside `in_flight`, with `recorded` results in.
    pub(crate) fn probe_fits(&self, in_flight: u8, recorded: u16) -> bool {
        u16::from(in_flight) + recorded < u16::from(self.max_probes)
            && (self.max_concurrent == 0 || in_flight < self.max_concurrent)
    }

    /// The rate verdict over a full episode: reopen?
    pub(crate) fn episode_fails(&self, failed: u8, slow: u8, recorded: u16) -> bool {
        let recorded = u64::from(recorded);
        (self.failure_ppm > 0 && reaches(u64::from(failed), self.failure_ppm, recorded))
            || (self.slow_rule() && reaches(u64::from(slow), self.slow_ppm, recorded))
    }

    /// The length in ns of the `step`-th opening since the last close, without jitter.
    pub(crate) fn opening(&self, step: u8) -> u64 {
        let factor = (f64::from(self.backoff_ppm) / f64::from(ONE)).powi(i32::from(step.max(1)) - 1);
        let length = (self.open as f64 * factor).round();
        if length < self.open_max as f64 { length as u64 } else { self.open_max }
    }

    /// The same, lengthened by a share of up to `open_jitter` that `random` chooses.
    pub(crate) fn jittered_opening(&self, step: u8, random: u32) -> u64 {
        let length = self.opening(step);
        let share = f64::from(self.jitter_ppm) / f64::from(ONE) * (f64::from(random) / f64::from(u32::MAX));
        length + (length as f64 * share) as u64
    }
}

/// `count` is at least `ppm` of `calls`, in integers: 7 of 100 reach 0.07.
fn reaches(count: u64, ppm: u32, calls: u64) -> bool {
    u128::from(count) * u128::from(ONE) >= u128::from(ppm) * u128::from(calls)
}
