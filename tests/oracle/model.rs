//! The slow twin: one breaker of DESIGN sections 2 and 3, as a plain sequential program. It shares no code
//! with the crate and is written to be obvious: it remembers every recorded call with its time and counts
//! again at every question. The rules are cited by their S-numbers.

use crate::words::Mode::{Closed, Disabled, ForcedOpen, HalfOpen, Observing, Open};
use crate::words::{Call, Cfg, Episode, Event, Mode, Outcome, Permit, Reason, Totals, Verdict, Window};

#[derive(Clone, Debug, Default)]
pub(crate) struct Breaker {
    pub(crate) cfg: Cfg,
    pub(crate) mode: Mode,
    pub(crate) generation: u64,
    pub(crate) step: u32,
    pub(crate) changed_at: u64,
    pub(crate) deadline_ms: u128,
    pub(crate) calls: Vec<Call>,
    pub(crate) row: u32,
    pub(crate) would_trip_counted: bool,
    pub(crate) episode: Episode,
    pub(crate) half_open_since: u64,
    pub(crate) last_probe: u64,
    pub(crate) totals: Totals,
    pub(crate) latencies: Vec<u64>,
    pub(crate) events: Vec<Event>,
    /// Names of the rare paths taken, for the coverage counters of the test.
    pub(crate) seen: Vec<&'static str>,
}

/// S8: a limit of `limit_ms` from a stamp has passed; also where the stamp lies further in the future (S12).
fn passed(stamp: u64, limit_ms: u32, now: u64) -> bool {
    let limit = ms(limit_ms);
    if now >= stamp { now - stamp >= limit } else { stamp - now > limit }
}

fn ms(ms: u32) -> u64 {
    u64::from(ms) * 1_000_000
}

fn reaches(count: u64, ppm: u32, calls: u64) -> bool {
    count * 1_000_000 >= u64::from(ppm) * calls
}

impl Breaker {
    pub(crate) fn new(cfg: Cfg) -> Breaker {
        Breaker { cfg, generation: 1, ..Breaker::default() }
    }

    // ---- S11: relations between fields are clamped on every read ----

    fn min_calls(&self) -> u64 {
        match self.cfg.window {
            Window::Time => u64::from(self.cfg.min_calls),
            Window::Calls => u64::from(self.cfg.min_calls.min(self.cfg.window_calls)),
        }
    }

    fn success_threshold(&self) -> u32 {
        self.cfg.success_threshold.min(self.cfg.half_open_max_calls)
    }

    fn slow_rule_is_on(&self) -> bool {
        self.cfg.slow_ppm > 0 && self.cfg.slow_call_ms > 0
    }

    pub(crate) fn configure(&mut self, cfg: Cfg) {
        let window = |c: &Cfg| (c.window, c.window_ms, c.window_buckets, c.window_calls);
        if window(&cfg) != window(&self.cfg) {
            self.seen.push(if self.calls.is_empty() { "s11 window changed" } else { "s11 window emptied" });
            self.calls.clear(); // S11; the row stays
        }
        self.cfg = cfg;
    }

    // ---- S6: windows ----

    pub(crate) fn tick_width(&self) -> u64 {
        ms(self.cfg.window_ms) / u64::from(self.cfg.window_buckets)
    }

    /// The calls that the window shows at `now`.
    fn window(&self, now: u64) -> Vec<Call> {
        match self.cfg.window {
            Window::Calls => {
                let skip = self.calls.len().saturating_sub(self.cfg.window_calls as usize);
                self.calls[skip..].to_vec()
            }
            Window::Time => {
                let buckets = u64::from(self.cfg.window_buckets);
                let tick = now / self.tick_width();
                let newest = self.calls.last().map_or(tick, |c| c.tick.max(tick));
                if newest - tick > buckets {
                    return Vec::new();
                }
                self.calls.iter().filter(|c| newest - c.tick < buckets).copied().collect()
            }
        }
    }

    /// The failures that failure_threshold counts: exact by time, or those of the window of calls.
    fn counted_failures(&self, now: u64) -> u64 {
        let length = ms(self.cfg.window_ms);
        let failures = || self.calls.iter().rev().filter(|c| c.failed);
        match self.cfg.window {
            Window::Calls => self.window(now).iter().filter(|c| c.failed).count() as u64,
            Window::Time => failures()
                .take(64)
                .filter(|c| if c.at <= now { now - c.at < length } else { c.at - now <= length })
                .count() as u64,
        }
    }

    fn remember(&mut self, failed: bool, slow: bool, now: u64) {
        let mut tick = now / self.tick_width();
        if let Some(newest) = self.calls.last().map(|c| c.tick) {
            if newest > tick && newest - tick > u64::from(self.cfg.window_buckets) {
                self.calls.clear(); // S6: it lies more than its own length in the future
            } else if newest > tick {
                self.seen.push("s6 earlier now");
                tick = newest;
            } else if newest < tick {
                self.seen.push("s6 next tick");
            }
        }
        self.calls.push(Call { at: now, tick, failed, slow });
        self.row = if failed { self.row + 1 } else { 0 };
    }

    // ---- section 2: the three rules; the first that is met gives the reason ----

    fn rule_met(&self, now: u64) -> Option<Reason> {
        let cfg = &self.cfg;
        let window = self.window(now);
        let calls = window.len() as u64;
        let failed = window.iter().filter(|c| c.failed).count() as u64;
        let slow = window.iter().filter(|c| c.slow).count() as u64;
        let enough = calls >= self.min_calls();

        let failure_rule = (cfg.failure_threshold > 0 || cfg.failure_ppm > 0)
            && self.counted_failures(now) >= u64::from(cfg.failure_threshold)
            && reaches(failed, cfg.failure_ppm, calls)
            && enough;
        let row_rule = cfg.consecutive_failures > 0 && self.row >= cfg.consecutive_failures;
        let slow_rule = self.slow_rule_is_on() && reaches(slow, cfg.slow_ppm, calls) && enough;

        if failure_rule {
            Some(Reason::Failure)
        } else if row_rule {
            Some(Reason::Row)
        } else if slow_rule {
            Some(Reason::Slow)
        } else {
            None
        }
    }

    // ---- transitions ----

    /// S2, S6, S14: a change of mode, or a new episode.
    fn change(&mut self, to: Mode, reason: Reason, now: u64) {
        match to {
            Open => self.totals.opened += 1,
            HalfOpen => self.totals.half_opened += 1,
            Closed => self.totals.closed += 1,
            ForcedOpen | Disabled | Observing => {}
        }
        let from = self.mode;
        if to == HalfOpen && from != HalfOpen {
            self.half_open_since = self.half_open_since.max(now);
        }
        self.mode = to;
        self.fresh(now);
        self.events.push(Event { time: now, from, to, reason, generation: self.generation });
    }

    /// What every new generation starts with.
    fn fresh(&mut self, now: u64) {
        self.generation += 1;
        self.changed_at = now;
        self.calls.clear();
        self.row = 0;
        self.would_trip_counted = false;
        self.episode = Episode::default();
        if self.mode == Closed {
            self.step = 0;
        }
    }

    /// The length of the next opening that is a step of the backoff, in ns as a fraction.
    fn next_opening(&self) -> (u128, u128) {
        let cap = u128::from(self.cfg.open_max_ms.max(self.cfg.open_ms)) * 1_000_000;
        let (mut length, mut denominator) = (u128::from(self.cfg.open_ms) * 1_000_000, 1);
        for _ in 0..self.step {
            if self.cfg.backoff_halves == 2 || length >= cap * denominator {
                break;
            }
            length *= u128::from(self.cfg.backoff_halves);
            denominator *= 2;
        }
        if length > cap * denominator { (cap, 1) } else { (length, denominator) }
    }

    /// S12: deadlines are kept to the millisecond, rounded up.
    fn deadline_after(now: u64, (length, denominator): (u128, u128)) -> u128 {
        (u128::from(now) * denominator + length).div_ceil(denominator * 1_000_000)
    }

    /// An opening that is a step of the backoff.
    fn open(&mut self, reason: Reason, now: u64) {
        let length = self.next_opening();
        if self.step >= 2 && self.cfg.backoff_halves > 2 {
            self.seen.push(if length.1 == 1 { "s8 third opening at the cap" } else { "s8 third opening" });
        }
        self.deadline_ms = Breaker::deadline_after(now, length);
        self.step = (self.step + 1).min(63);
        self.change(Open, reason, now);
    }

    /// An opening of a stated length, which is no step.
    fn open_for(&mut self, ms: u64, reason: Reason, now: u64) {
        self.deadline_ms = Breaker::deadline_after(now, (u128::from(ms) * 1_000_000, 1));
        self.change(Open, reason, now);
    }

    // ---- admission ----

    pub(crate) fn admit(&mut self, now: u64) -> Option<Permit> {
        let admitted = match self.mode {
            Closed | Disabled | Observing => true,
            ForcedOpen => false,
            Open => {
                let due = self.remaining(now) == 0;
                if due {
                    self.change(HalfOpen, Reason::Deadline, now); // S7
                    self.probe(now);
                }
                due
            }
            HalfOpen if self.timed_out(now) => {
                self.seen.push("s8 timed out at admit");
                self.open(Reason::HalfOpenTimeout, now);
                false
            }
            HalfOpen if self.has_free_permit() => {
                let go = self.interval_rest(now) == 0;
                if go {
                    self.probe(now);
                } else {
                    self.seen.push("s8 interval");
                }
                go
            }
            HalfOpen => {
                let lost = passed(self.last_probe, self.cfg.probe_lease_ms, now);
                if lost {
                    self.seen.push("s8 lease");
                    if self.episode.in_flight > 1 {
                        self.seen.push("s8 lease, several lost");
                    }
                    self.totals.probes_lost += u64::from(self.episode.in_flight);
                    self.change(HalfOpen, Reason::Lease, now);
                    self.probe(now);
                } else {
                    self.seen.push("s8 permits taken");
                }
                lost
            }
        };
        if !admitted {
            self.totals.rejected += 1;
        }
        admitted.then_some(Permit { generation: self.generation, at: now })
    }

    fn probe(&mut self, now: u64) {
        self.episode.any_admitted = true;
        self.episode.in_flight += 1;
        self.last_probe = self.last_probe.max(now);
    }

    fn recorded(&self) -> u32 {
        self.episode.succeeded + self.episode.failed
    }

    fn has_free_permit(&self) -> bool {
        let (flying, cap) = (self.episode.in_flight, self.cfg.half_open_max_concurrent);
        flying + self.recorded() < self.cfg.half_open_max_calls && (cap == 0 || flying < cap)
    }

    fn interval_rest(&self, now: u64) -> u64 {
        if !self.episode.any_admitted || passed(self.last_probe, self.cfg.half_open_interval_ms, now) {
            return 0;
        }
        self.last_probe + ms(self.cfg.half_open_interval_ms) - now
    }

    fn timed_out(&self, now: u64) -> bool {
        self.cfg.half_open_max_ms > 0 && passed(self.half_open_since, self.cfg.half_open_max_ms, now)
    }

    // ---- queries: they change nothing (S7) ----

    pub(crate) fn would_admit(&self, now: u64) -> bool {
        self.clone().admit(now).is_some()
    }

    /// From, to: the length of an opening that is still to come may or may not be shown as its rounded-up end.
    pub(crate) fn retry_after(&self, now: u64) -> (u64, u64) {
        let exactly = |ns: u64| (ns, ns);
        match self.mode {
            Closed | Disabled | Observing => exactly(0),
            ForcedOpen => exactly(u64::MAX),
            Open => exactly(self.remaining(now)),
            HalfOpen if self.timed_out(now) => {
                let (length, denominator) = self.next_opening();
                let end = Breaker::deadline_after(now, (length, denominator)) * 1_000_000;
                ((length / denominator) as u64, (end - u128::from(now)) as u64)
            }
            HalfOpen if self.has_free_permit() => exactly(self.interval_rest(now)),
            HalfOpen if self.would_admit(now) => exactly(0),
            HalfOpen => exactly(u64::MAX),
        }
    }

    /// The rest of an opening, in ns.
    pub(crate) fn remaining(&self, now: u64) -> u64 {
        match self.mode {
            Open => (self.deadline_ms * 1_000_000).saturating_sub(u128::from(now)) as u64,
            _ => 0,
        }
    }

    /// The snapshot's window: calls, failures, slow (S6, S8, S13).
    pub(crate) fn window_counts(&self, now: u64) -> (u64, u64, u64) {
        match self.mode {
            Closed | Observing => {
                let window = self.window(now);
                let count = |which: fn(&Call) -> bool| window.iter().filter(|c| which(c)).count() as u64;
                (window.len() as u64, count(|c| c.failed), count(|c| c.slow))
            }
            HalfOpen => {
                let e = &self.episode;
                (u64::from(self.recorded()), u64::from(e.failed), u64::from(e.slow))
            }
            Open | ForcedOpen | Disabled => (0, 0, 0),
        }
    }

    // ---- outcomes ----

    /// Gives a permit back. `duration` None: since its admission; `hint_ms` > 0: throttled (S9).
    pub(crate) fn record(&mut self, p: Permit, o: Outcome, duration: Option<u64>, hint_ms: u64, now: u64) {
        let hint = hint_ms.min(u64::from(self.cfg.retry_after_max_ms));
        if self.mode == HalfOpen && p.generation == self.generation && self.timed_out(now) {
            self.seen.push("s8 timed out at outcome");
            self.open(Reason::HalfOpenTimeout, now);
        }
        if p.generation != self.generation || matches!(self.mode, Open | ForcedOpen) {
            return self.record_late(hint, now);
        }
        if o == Outcome::Ignored {
            self.totals.ignored += 1; // S4
            if self.mode == HalfOpen {
                self.seen.push("s4 probe ignored");
                self.episode.in_flight -= 1;
            }
            return;
        }
        let failed = o == Outcome::Failure;
        let duration = duration.unwrap_or(now.saturating_sub(p.at)); // S12: a negative duration is 0
        let slow = self.cfg.slow_call_ms > 0 && duration >= ms(self.cfg.slow_call_ms);
        let throttled = failed && hint > 0;
        self.totals.slow += u64::from(slow);
        self.totals.throttled += u64::from(throttled);
        if failed {
            self.totals.failures += 1;
        } else {
            self.totals.successes += 1;
            self.latencies.push(duration); // S13: the bins are the success counters
        }
        if throttled && matches!(self.mode, Closed | HalfOpen) {
            return self.open_for(hint, Reason::Throttled, now); // S9: before any rule or verdict
        }
        match self.mode {
            Closed => {
                self.remember(failed, slow, now);
                if let Some(reason) = self.rule_met(now) {
                    if !failed {
                        self.seen.push("s5 tripped by a success");
                    }
                    self.open(reason, now);
                }
            }
            Observing => self.observe(failed, slow, throttled, now),
            HalfOpen => self.verdict(failed, slow, now),
            Disabled => self.seen.push(if throttled { "s9 throttled while disabled" } else { "s1 disabled" }),
            Open | ForcedOpen => unreachable!("late"),
        }
    }

    /// S2, and S9's one exception.
    fn record_late(&mut self, hint: u64, now: u64) {
        self.totals.late += 1;
        if hint == 0 {
            return;
        }
        self.totals.throttled += 1;
        if self.mode == Open {
            let hinted = Breaker::deadline_after(now, (u128::from(hint) * 1_000_000, 1));
            let later = hinted > self.deadline_ms;
            self.seen.push(if later { "s9 late hint, later" } else { "s9 late hint, not later" });
            self.deadline_ms = self.deadline_ms.max(hinted);
        } else {
            self.seen.push("s9 late hint, not open");
        }
    }

    /// S1, S9: one would_trip per time that a rule comes to be met, and one for every hint.
    fn observe(&mut self, failed: bool, slow: bool, throttled: bool, now: u64) {
        self.remember(failed, slow, now);
        let met = self.rule_met(now).is_some();
        if throttled {
            self.seen.push("s9 throttled while observing");
        } else if self.would_trip_counted && !met {
            self.seen.push("s1 would_trip rearmed");
        }
        if throttled || (met && !self.would_trip_counted) {
            self.totals.would_trip += 1;
            self.seen.push("s1 would_trip");
        }
        self.would_trip_counted = met;
    }

    /// S8, and the rate verdict of section 2.
    fn verdict(&mut self, failed: bool, slow: bool, now: u64) {
        let e = &mut self.episode;
        e.in_flight -= 1;
        e.succeeded += u32::from(!failed);
        e.failed += u32::from(failed);
        e.slow += u32::from(slow);
        let (succeeded, failures, slow_probes) = (e.succeeded, e.failed, e.slow);
        let n = u64::from(self.recorded());
        let (reopen, close) = match self.cfg.verdict {
            Verdict::Strict => {
                (failed || (slow && self.slow_rule_is_on()), succeeded >= self.success_threshold())
            }
            Verdict::Rate => {
                let failure_ppm = self.cfg.failure_ppm;
                let bad = (failure_ppm > 0 && reaches(u64::from(failures), failure_ppm, n))
                    || (self.slow_rule_is_on() && reaches(u64::from(slow_probes), self.cfg.slow_ppm, n));
                let all_in = n >= u64::from(self.cfg.half_open_max_calls);
                (all_in && bad, all_in)
            }
        };
        if reopen || close {
            self.seen.push(match (self.cfg.verdict, reopen) {
                (Verdict::Strict, true) if !failed => "s8 slow probe",
                (Verdict::Strict, _) => "s8 strict verdict",
                (Verdict::Rate, true) => "s8 rate verdict, reopen",
                (Verdict::Rate, false) => "s8 rate verdict, close",
            });
        }
        if reopen {
            self.open(Reason::ProbeFailed, now);
        } else if close {
            self.change(Closed, Reason::ProbesOk, now);
        }
    }

    // ---- S10: operator. False: not possible from this mode ----

    pub(crate) fn set_mode(&mut self, to: Mode, now: u64) -> bool {
        match to {
            Closed if self.mode == Closed => {
                self.seen.push("s10 reset while closed");
                self.fresh(now);
            }
            _ if to == self.mode => self.seen.push("s10 nothing to do"),
            HalfOpen if self.mode != Open => {
                self.seen.push("s10 half-open refused");
                return false;
            }
            Open => self.open(Reason::Operator, now),
            _ => self.change(to, Reason::Operator, now),
        }
        true
    }

    pub(crate) fn trip_for(&mut self, duration_ms: u64, now: u64) {
        if self.mode == Open {
            let before = self.deadline_ms;
            self.deadline_ms = Breaker::deadline_after(now, (u128::from(duration_ms) * 1_000_000, 1));
            let earlier = self.deadline_ms < before;
            self.seen.push(if earlier { "s10 deadline earlier" } else { "s10 deadline later" });
        } else {
            self.open_for(duration_ms, Reason::Operator, now);
        }
    }
}
