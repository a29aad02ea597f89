//! Runs one sequence against the library and the model, and compares all that can be seen after every
//! operation.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use holysheep_cb::ffi;

use crate::model::Breaker;
use crate::strategies::{Act, Case, FIELDS, Op, Step, Took, cfg, differences, mixed};
use crate::support::{self, Br, Config, Host, Kind, Snap};
use crate::words::{Cfg, Mode, Outcome, Permit, Verdict, Window};

/// How often what was seen.
pub(crate) type Coverage = BTreeMap<String, u64>;

/// How long a sequence may last: a permit has 50 bits for its time, and tells ages of up to 2^49 ns.
const HORIZON: u64 = 6 * 24 * 3_600_000_000_000;

struct Pair {
    name: String,
    br: Br,
    model: Breaker,
    permits: Vec<(u64, Permit)>,
    sorted: Vec<u64>,
}

struct World<'a> {
    host: Host,
    pairs: Vec<Pair>,
    start: u64,
    now: u64,
    latest: u64,
    cursor: u64,
    sequence: Option<u64>,
    ops: u64,
    coverage: Coverage,
    trace: Option<&'a mut String>,
}

/// Runs the case; says what differed, and after how many operations it ended.
pub(crate) fn run(case: &Case, kind: Kind, trace: Option<&mut String>) -> Result<(u64, Coverage), String> {
    let host = Host::sized(kind, 4, case.stripes);
    let pair = |(i, cfg): (usize, &Cfg)| {
        let name = format!("api-{i}");
        let br = host.breaker(&name, &ffi_config(cfg));
        Pair { name, br, model: Breaker::new(cfg.clone()), permits: Vec::new(), sorted: Vec::new() }
    };
    let pairs = case.cfgs.iter().enumerate().map(pair).collect();
    let (start, now, latest) = (case.start, case.start, case.start);
    let coverage = Coverage::new();
    let mut world =
        World { host, pairs, start, now, latest, cursor: 0, sequence: None, ops: 0, coverage, trace };
    for (n, op) in case.ops.iter().enumerate() {
        world.perform(op).map_err(|e| format!("operation {n}, {op:?}, at {} ns: {e}", world.now))?;
        if n % 16 == 15 {
            world.compare_all().map_err(|e| format!("after operation {n}: {e}"))?;
        }
    }
    world.compare_all().map_err(|e| format!("at the end: {e}"))?;
    Ok((world.ops, world.coverage))
}

pub(crate) fn ffi_config(cfg: &Cfg) -> Config {
    support::config(|c| {
        c.failure_threshold = cfg.failure_threshold;
        c.failure_rate = f64::from(cfg.failure_ppm) / 1e6;
        c.min_calls = cfg.min_calls;
        c.consecutive_failures = cfg.consecutive_failures;
        c.slow_rate = f64::from(cfg.slow_ppm) / 1e6;
        c.slow_call_ms = cfg.slow_call_ms;
        c.window = match cfg.window {
            Window::Time => ffi::HSCB_WINDOW_TIME,
            Window::Calls => ffi::HSCB_WINDOW_CALLS,
        };
        c.window_ms = cfg.window_ms;
        c.window_buckets = cfg.window_buckets;
        c.window_calls = cfg.window_calls;
        c.open_ms = cfg.open_ms;
        c.open_backoff = f64::from(cfg.backoff_halves) / 2.0;
        c.open_max_ms = cfg.open_max_ms;
        c.open_jitter = 0.0;
        c.half_open_max_calls = cfg.half_open_max_calls;
        c.half_open_max_concurrent = cfg.half_open_max_concurrent;
        c.success_threshold = cfg.success_threshold;
        c.half_open_verdict = match cfg.verdict {
            Verdict::Strict => ffi::HSCB_VERDICT_STRICT,
            Verdict::Rate => ffi::HSCB_VERDICT_RATE,
        };
        c.half_open_interval_ms = cfg.half_open_interval_ms;
        c.half_open_max_ms = cfg.half_open_max_ms;
        c.probe_lease_ms = cfg.probe_lease_ms;
        c.retry_after_max_ms = cfg.retry_after_max_ms;
    })
}

pub(crate) fn code(outcome: Outcome) -> i32 {
    match outcome {
        Outcome::Success => ffi::HSCB_SUCCESS,
        Outcome::Failure => ffi::HSCB_FAILURE,
        Outcome::Ignored => ffi::HSCB_IGNORED,
    }
}

impl World<'_> {
    // ---- time ----

    /// How far time may run backwards: well within every limit, so that no stamp counts as too far ahead.
    fn tolerance(&self) -> u64 {
        let limits = self.pairs.iter().flat_map(|p| {
            let c = &p.model.cfg;
            let others = [c.half_open_interval_ms, c.half_open_max_ms, c.probe_lease_ms];
            others.into_iter().filter(|&l| l > 0).chain([c.window_ms / 2]).map(|l| u64::from(l) * 500_000)
        });
        limits.min().unwrap_or(0)
    }

    fn move_time(&mut self, i: usize, step: Step) {
        let to = match step {
            Step::Stay => self.now,
            Step::Ns(ns) => self.now + ns,
            Step::Ms(ms) => self.now + ms * 1_000_000,
            Step::IdleHours(h) => {
                self.saw("idle for hours");
                self.now + h * 3_600_000_000_000
            }
            Step::Back(ns) => self.now.saturating_sub(ns),
            Step::Edge(which, off) => {
                let edges = self.edges(&self.pairs[i]);
                match edges.get(usize::from(which) % edges.len().max(1)) {
                    None => self.now,
                    Some(&(name, edge)) => {
                        self.saw(&format!("edge: {name} {off:+}"));
                        edge.saturating_add_signed(off.into())
                    }
                }
            }
        };
        let floor = self.latest.saturating_sub(self.tolerance());
        let to = if to < self.start + HORIZON { to.max(floor) } else { self.now.max(floor) };
        if to < self.now {
            if self.pairs.iter().any(|p| counts_again(&p.model, to, self.latest)) {
                return;
            }
            self.saw("time ran backwards");
        }
        self.now = to;
        self.latest = self.latest.max(self.now);
    }

    /// The moments, not yet passed, at which something about the breaker changes by itself.
    fn edges(&self, pair: &Pair) -> Vec<(&'static str, u64)> {
        let (m, ms) = (&pair.model, |ms: u32| u64::from(ms) * 1_000_000);
        let mut edges = Vec::new();
        match m.mode {
            Mode::Closed | Mode::Observing => {
                let width = m.tick_width();
                edges.push(("tick", (self.now / width + 1) * width));
                if let Some(c) = m.calls.iter().find(|c| c.failed) {
                    edges.push(("failure ages", c.at + ms(m.cfg.window_ms)));
                }
                if let Some(c) = m.calls.first() {
                    edges.push(("window ends", (c.tick + u64::from(m.cfg.window_buckets)) * width));
                }
            }
            Mode::Open => edges.push(("deadline", self.now + m.remaining(self.now))),
            Mode::HalfOpen => {
                edges.push(("interval", m.last_probe + ms(m.cfg.half_open_interval_ms)));
                edges.push(("lease", m.last_probe + ms(m.cfg.probe_lease_ms)));
                edges.push(("half-open max", m.half_open_since + ms(m.cfg.half_open_max_ms)));
            }
            Mode::ForcedOpen | Mode::Disabled => {}
        }
        if let Some((_, permit)) = pair.permits.last() {
            edges.push(("slow", permit.at + ms(m.cfg.slow_call_ms)));
        }
        edges.retain(|&(_, at)| at >= self.now && at < self.start + HORIZON);
        edges
    }

    // ---- operations ----

    fn perform(&mut self, op: &Op) -> Result<(), String> {
        let i = usize::from(op.on) % self.pairs.len();
        self.move_time(i, op.step);
        match op.act {
            Act::Admit => self.admit(i),
            Act::Record { pick, outcome } => {
                let Some(p) = self.pick(i, pick)? else { return Ok(()) };
                self.record(i, p, outcome, None)
            }
            Act::RecordDuration { pick, outcome, took } => {
                let Some(p) = self.pick(i, pick)? else { return Ok(()) };
                let slow = u64::from(self.pairs[i].model.cfg.slow_call_ms) * 1_000_000;
                let duration = match took {
                    Took::Ns(ns) => ns,
                    Took::Slow(off) => slow.saturating_add_signed(off.into()),
                    Took::Forever => u64::MAX,
                };
                self.record(i, p, outcome, Some(duration))
            }
            Act::Throttled { pick, hint_ms } => {
                let Some(p) = self.pick(i, pick)? else { return Ok(()) };
                self.throttled(i, p, hint_ms)
            }
            Act::Call(outcome) => self.call(i, outcome),
            Act::Burst { n, outcome, gap } => {
                for _ in 0..n {
                    self.call(i, outcome)?;
                    self.now += gap;
                    self.latest = self.latest.max(self.now);
                }
                Ok(())
            }
            Act::SetMode(mode) => self.set_mode(i, mode),
            Act::TripFor(ms) => {
                let pair = &mut self.pairs[i];
                let status = pair.br.trip_for(ms, self.now);
                pair.model.trip_for(ms, self.now);
                self.log(i, || format!("trip_for({ms}) = {status}"));
                equal("trip_for", status, ffi::HSCB_OK)?;
                self.compare(i)
            }
            Act::Configure { ref raw, mask } => self.configure(i, raw, mask),
            Act::Look { ahead, ns } => self.look(i, ahead, ns),
        }
    }

    fn admit(&mut self, i: usize) -> Result<(), String> {
        let pair = &mut self.pairs[i];
        let permit = pair.br.admit(self.now);
        let expected = pair.model.admit(self.now);
        if let Some(p) = expected {
            pair.permits.push((permit, p));
        }
        self.log(i, || format!("admit = {permit:#x}, expected {expected:?}"));
        match expected {
            None => equal("admit", permit, 0)?,
            Some(_) if permit > ffi::HSCB_PERMIT_PASS => {}
            Some(_) => return Err(format!("admit = {permit}, expected a permit")),
        }
        self.compare(i)
    }

    /// A permit that is out; admits where none is.
    fn pick(&mut self, i: usize, pick: u8) -> Result<Option<(u64, Permit)>, String> {
        if self.pairs[i].permits.is_empty() {
            self.admit(i)?;
        }
        let permits = &mut self.pairs[i].permits;
        let len = permits.len();
        Ok((len > 0).then(|| permits.remove(if pick & 1 == 0 { len - 1 } else { usize::from(pick) % len })))
    }

    fn call(&mut self, i: usize, outcome: Outcome) -> Result<(), String> {
        let before = self.pairs[i].permits.len();
        self.admit(i)?;
        if self.pairs[i].permits.len() == before {
            return Ok(());
        }
        let permit = self.pairs[i].permits.pop().expect("just pushed");
        self.record(i, permit, outcome, None)
    }

    fn record(
        &mut self,
        i: usize,
        (permit, p): (u64, Permit),
        outcome: Outcome,
        duration: Option<u64>,
    ) -> Result<(), String> {
        let pair = &mut self.pairs[i];
        let (before, now) = (pair.model.totals, self.now);
        match duration {
            None => pair.br.record(permit, code(outcome), now),
            Some(duration) => pair.br.record_duration(permit, code(outcome), duration, now),
        }
        pair.model.record(p, outcome, duration, 0, now);
        if pair.model.totals.successes > before.successes {
            let latency = *pair.model.latencies.last().expect("a success has a latency");
            let at = pair.sorted.partition_point(|&l| l < latency);
            pair.sorted.insert(at, latency);
        }
        let slow = u64::from(pair.model.cfg.slow_call_ms) * 1_000_000;
        let took = duration.unwrap_or(now.saturating_sub(p.at));
        self.log(i, || format!("record({permit:#x}, {outcome:?}, {duration:?})"));
        if now < p.at {
            self.saw("negative duration");
        }
        if slow > 0 && took.abs_diff(slow) <= 1 {
            let plain = if duration.is_none() { "measured" } else { "given" };
            self.saw(&format!("slow boundary, {plain} {:+}", took as i64 - slow as i64));
        }
        self.compare(i)?;
        self.compare_latency(i)
    }

    fn throttled(&mut self, i: usize, (permit, p): (u64, Permit), hint_ms: u64) -> Result<(), String> {
        let pair = &mut self.pairs[i];
        let cap = u64::from(pair.model.cfg.retry_after_max_ms);
        pair.br.throttled(permit, hint_ms, self.now);
        pair.model.record(p, Outcome::Failure, None, hint_ms, self.now);
        self.log(i, || format!("throttled({permit:#x}, {hint_ms} ms)"));
        match hint_ms {
            0 => self.saw("hint of 0"),
            _ if cap == 0 => self.saw("hints not honoured"),
            _ if hint_ms > cap => self.saw("hint cut"),
            _ => self.saw("hint whole"),
        }
        self.compare(i)
    }

    fn set_mode(&mut self, i: usize, mode: Mode) -> Result<(), String> {
        let pair = &mut self.pairs[i];
        let status = pair.br.set_mode(mode as i32, self.now);
        let done = pair.model.set_mode(mode, self.now);
        self.log(i, || format!("set_mode({mode:?}) = {status}"));
        equal("set_mode", status, if done { ffi::HSCB_OK } else { ffi::HSCB_ERR_MODE })?;
        self.compare(i)
    }

    fn configure(&mut self, i: usize, raw: &[u8; FIELDS], mask: u32) -> Result<(), String> {
        let pair = &mut self.pairs[i];
        let new = mixed(&pair.model.cfg, cfg(raw), mask);
        let status = pair.br.configure(&ffi_config(&new));
        pair.model.configure(new.clone());
        self.log(i, || format!("configure({}) = {status}", differences(&new)));
        equal("configure", status, ffi::HSCB_OK)?;
        self.now = self.now.max(self.latest.saturating_sub(self.tolerance()));
        self.compare(i)
    }

    fn look(&mut self, i: usize, ahead: bool, ns: u64) -> Result<(), String> {
        let back = self.latest.saturating_sub(self.tolerance());
        let at = if ahead { self.now + ns } else { self.now.saturating_sub(ns).max(back) };
        self.log(i, || format!("look at {at}"));
        self.compare_at(i, at).map_err(|e| format!("seen from {at} ns: {e}"))?;
        self.compare(i)
    }

    // ---- comparing ----

    fn compare(&mut self, i: usize) -> Result<(), String> {
        self.ops += 1;
        self.compare_at(i, self.now)?;
        self.compare_events(i)?;
        self.note_coverage(i);
        Ok(())
    }

    fn compare_all(&mut self) -> Result<(), String> {
        for i in 0..self.pairs.len() {
            self.compare_at(i, self.now).map_err(|e| format!("breaker {i}: {e}"))?;
            self.compare_latency(i).map_err(|e| format!("breaker {i}: {e}"))?;
        }
        Ok(())
    }

    fn compare_at(&self, i: usize, at: u64) -> Result<(), String> {
        let Pair { br, model, .. } = &self.pairs[i];
        equal("would_admit", br.would_admit(at), model.would_admit(at))?;
        let (rest, (least, most)) = (br.retry_after(at), model.retry_after(at));
        if rest < least || rest > most {
            return Err(format!("retry_after = {rest}, expected {least}..={most}"));
        }
        let shared_flags = br.snapshot(at);
        let expected = Snap { flags: shared_flags.flags, ..expected_snapshot(model, at) };
        if shared_flags != expected {
            return Err(format!("snapshot differs: {}", snapshot_diff(&shared_flags, &expected)));
        }
        Ok(())
    }

    fn compare_events(&mut self, i: usize) -> Result<(), String> {
        let events = self.host.events(&mut self.cursor);
        let pair = &mut self.pairs[i];
        let expected = std::mem::take(&mut pair.model.events);
        equal("number of events", events.len(), expected.len())
            .map_err(|e| format!("{e}: {events:?}, expected {expected:?}"))?;
        for (event, e) in events.iter().zip(&expected) {
            let same = event.time_ns == e.time
                && event.from == e.from as i32
                && event.to == e.to as i32
                && event.reason == e.reason as u32
                && u64::from(event.generation) == e.generation
                && event.breaker == pair.name
                && event.pid == std::process::id()
                && self.sequence.is_none_or(|last| event.sequence == last + 1);
            if !same {
                return Err(format!("event {event:?}, expected {e:?} of {}", pair.name));
            }
            self.sequence = Some(event.sequence);
            let key = format!("{:?} -> {:?}, {:?}", e.from, e.to, e.reason);
            *self.coverage.entry(key).or_default() += 1;
        }
        Ok(())
    }

    /// S13: at most 12.5 % off, between 4 ms and 1 h.
    fn compare_latency(&self, i: usize) -> Result<(), String> {
        const LEAST: u64 = 4_000_000;
        const MOST: u64 = 3_600_000_000_000;
        let Pair { br, sorted, .. } = &self.pairs[i];
        for quantile in [0.5, 0.95, 0.99] {
            let latency = br.latency(quantile);
            let n = sorted.len();
            if n == 0 {
                equal("latency where nothing was recorded", latency, 0)?;
                continue;
            }
            let low = sorted[(quantile * (n - 1) as f64) as usize];
            let high = sorted[((quantile * n as f64) as usize).min(n - 1)];
            let least = if low < LEAST { 1 } else { low.min(MOST) / 8 * 7 };
            let most = if high > MOST { u64::MAX } else { high.max(LEAST) / 8 * 9 + 8 };
            if latency < least || latency > most {
                return Err(format!("p{quantile} = {latency}, expected {least}..={most} ({low}..={high})"));
            }
        }
        Ok(())
    }

    // ---- notes ----

    fn saw(&mut self, what: &str) {
        *self.coverage.entry(what.to_owned()).or_default() += 1;
    }

    fn note_coverage(&mut self, i: usize) {
        let seen = std::mem::take(&mut self.pairs[i].model.seen);
        seen.into_iter().for_each(|what| self.saw(what));
        let (mode, shared) = (self.pairs[i].model.mode, self.host.kind());
        self.saw(&format!("in {mode:?}"));
        self.saw(&format!("{shared:?} segment"));
    }

    fn log(&mut self, i: usize, what: impl FnOnce() -> String) {
        let (now, from) = (self.now, self.now - self.start.min(self.now));
        if let Some(trace) = self.trace.as_mut() {
            let mode = self.pairs[i].model.mode;
            writeln!(trace, "{now:>20} ns (+{from}) breaker {i}: {}; model then {mode:?}", what())
                .expect("a String takes all");
        }
    }
}

/// A failure that had aged would count again at the earlier `to`. S5 (ask after every call) and section 5 (at a
/// success, ask only while armed) then say different things about the next success, so time does not run back
/// so far here.
fn counts_again(m: &Breaker, to: u64, latest: u64) -> bool {
    let length = u64::from(m.cfg.window_ms) * 1_000_000;
    let counts = |at: u64, now: u64| now < at + length;
    m.calls.iter().any(|c| c.failed && counts(c.at, to) && !counts(c.at, latest))
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, is: T, expected: T) -> Result<(), String> {
    if is == expected { Ok(()) } else { Err(format!("{what} = {is:?}, expected {expected:?}")) }
}

fn expected_snapshot(model: &Breaker, at: u64) -> Snap {
    let (window_calls, window_failures, window_slow) = model.window_counts(at);
    let row = matches!(model.mode, Mode::Closed | Mode::Observing);
    let t = &model.totals;
    Snap {
        mode: model.mode as i32,
        generation: model.generation,
        window_calls,
        window_failures,
        window_slow,
        probes_in_flight: model.episode.in_flight,
        consecutive_failures: if row { model.row } else { 0 },
        open_remaining_ns: model.remaining(at),
        changed_at_ns: model.changed_at,
        successes: t.successes,
        failures: t.failures,
        slow: t.slow,
        ignored: t.ignored,
        late: t.late,
        rejected: t.rejected,
        throttled: t.throttled,
        opened: t.opened,
        half_opened: t.half_opened,
        closed: t.closed,
        would_trip: t.would_trip,
        probes_lost: t.probes_lost,
        flags: 0,
    }
}

/// The fields that differ, one by one.
fn snapshot_diff(is: &Snap, expected: &Snap) -> String {
    let (is, expected) = (format!("{is:#?}"), format!("{expected:#?}"));
    let differing = is.lines().zip(expected.lines()).filter(|(a, b)| a != b);
    let said = differing.map(|(a, b)| format!("{} expected {}", a.trim(), b.trim()));
    said.collect::<Vec<_>>().join("; ")
}
