//! What happens to a state: a pure function of (state, event, rules, time). It reads no clock and touches no memory.

use super::state::{Permit, State};
use crate::config::Rules;
use crate::outcome::{Command, Mode, Outcome, Reason};

const MS: u64 = 1_000_000;

/// What reaches the state word.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    /// A call asks to go.
    Admit,
    /// A permit is given back; `hint_ms` above 0 is a server's waiting time (S9).
    Outcome { generation: u16, outcome: Outcome, slow: bool, hint_ms: u64 },
    /// The rules hold.
    Trip { generation: u16, reason: Reason },
    /// The rules were looked at and hold, hold but for `min_calls`, or do not.
    Flags { generation: u16, armed: bool, would_trip: bool },
    /// An operator's command.
    Command(Command),
    /// The fleet makes `next` of `seen`, if that is what it still is.
    Wish { seen: State, next: State },
}

/// What a transition may look at beside the state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) now: u64,
    /// When the last probe was admitted, and since when it is half-open (the stamps beside the word).
    pub(crate) last_probe: u64,
    pub(crate) half_open_since: u64,
    /// For the jitter of an opening.
    pub(crate) random: u32,
}

/// What the caller is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The call may go.
    Admitted,
    /// It may not.
    Rejected,
    /// The outcome counts in the totals.
    Counted,
    /// It counts in the totals and in the window, and the rules are to be asked.
    Windowed,
    /// Its permit is of an earlier generation, or the fleet has seen another state.
    Late,
    /// The command or the flags were carried out, or had nothing to change.
    Done,
    /// The command is not possible from this mode.
    Impossible,
    /// A limit had passed and the state moved for it: apply the same event again.
    Again,
}

/// A change of mode, or a new half-open episode: what an event tells (S14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) from: Mode,
    pub(crate) to: Mode,
    pub(crate) reason: Reason,
    /// Probes that were still out when their episode ended for them (S8).
    pub(crate) lost: u8,
}

/// What the caller of [`transition`] has to do.
#[must_use]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) next: State,
    pub(crate) answer: Answer,
    pub(crate) moved: Option<Move>,
    /// Write the word even if it stays the same: others pair with the write.
    pub(crate) touch: bool,
}

impl Order {
    fn stay(state: State, answer: Answer) -> Self {
        Self { next: state, answer, moved: None, touch: false }
    }

    fn moved(from: State, next: State, reason: Reason, answer: Answer) -> Self {
        let moved = Move { from: from.mode(), to: next.mode(), reason, lost: 0 };
        Self { next, answer, moved: Some(moved), touch: false }
    }
}

/// The next state, and what to do about it.
pub(crate) fn transition(state: State, event: Event, look: &Look<'_>) -> Order {
    match event {
        Event::Admit => admit(state, look),
        Event::Outcome { generation, outcome, slow, hint_ms } => {
            let late = generation != state.generation();
            match state.mode() {
                Mode::Open => late_hint(state, hint_ms, look),
                Mode::ForcedOpen => Order::stay(state, Answer::Late),
                _ if late => Order::stay(state, Answer::Late),
                Mode::Disabled => Order::stay(state, Answer::Counted),
                Mode::HalfOpen => probe_returned(state, outcome, slow, hint_ms, look),
                Mode::Closed | Mode::Observing => windowed(state, outcome, hint_ms, look),
            }
        }
        Event::Trip { generation, reason } if state.is_closed() && generation == state.generation() => {
            reopen(state, reason, look, Answer::Done)
        }
        Event::Flags { generation, armed, would_trip }
            if matches!(state.mode(), Mode::Closed | Mode::Observing) && generation == state.generation() =>
        {
            Order { touch: true, ..Order::stay(state.with_flags(armed, would_trip), Answer::Done) }
        }
        Event::Trip { .. } | Event::Flags { .. } => Order::stay(state, Answer::Done),
        Event::Command(command) => obey(state, command, look),
        Event::Wish { seen, .. } if seen != state => Order::stay(state, Answer::Late),
        Event::Wish { seen, next } if seen.generation() == next.generation() => {
            Order::stay(next, Answer::Done)
        }
        Event::Wish { seen, next } => Order::moved(seen, next, Reason::Remote, Answer::Done),
    }
}

/// S1, S7, S8.
fn admit(state: State, look: &Look<'_>) -> Order {
    match state.mode() {
        Mode::Closed | Mode::Disabled | Mode::Observing => Order::stay(state, Answer::Admitted),
        Mode::ForcedOpen => Order::stay(state, Answer::Rejected),
        Mode::Open if state.is_open_at(look.now) => Order::stay(state, Answer::Rejected),
        Mode::Open => {
            let next = state.enter(Mode::HalfOpen).with_probe();
            Order::moved(state, next, Reason::Deadline, Answer::Admitted)
        }
        Mode::HalfOpen => admit_probe(state, look),
    }
}

fn admit_probe(state: State, look: &Look<'_>) -> Order {
    if half_open_too_long(look) {
        return reopen(state, Reason::HalfOpenTimeout, look, Answer::Again);
    }
    if look.rules.probe_fits(state.in_flight(), state.recorded()) {
        if interval_left(state, look) > 0 {
            return Order::stay(state, Answer::Rejected);
        }
        return Order::stay(state.with_probe(), Answer::Admitted);
    }
    if !passed(look.last_probe, look.rules.lease, look.now) {
        return Order::stay(state, Answer::Rejected);
    }
    let next = state.enter(Mode::HalfOpen).with_probe();
    let mut order = Order::moved(state, next, Reason::Lease, Answer::Admitted);
    order.moved = order.moved.map(|m| Move { lost: state.in_flight(), ..m });
    order
}

/// S8: a probe's result, or its return without one.
fn probe_returned(state: State, outcome: Outcome, slow: bool, hint_ms: u64, look: &Look<'_>) -> Order {
    if half_open_too_long(look) {
        return reopen(state, Reason::HalfOpenTimeout, look, Answer::Again);
    }
    if hint_ms > 0 {
        return open_for(state, hint_ms, Reason::Throttled, look, Answer::Counted);
    }
    let state = state.without_probe();
    let failed = match outcome {
        Outcome::Ignored => return Order::stay(state, Answer::Counted),
        Outcome::Failure => true,
        Outcome::Success => false,
    };
    let next = state.with_result(failed, slow);
    let rules = look.rules;
    let (reopens, closes) = if rules.rate_verdict {
        let full = next.recorded() >= u16::from(rules.max_probes);
        let fails = rules.episode_fails(next.failed(), next.slow(), next.recorded());
        (full && fails, full && !fails)
    } else {
        let fails = failed || (slow && rules.slow_rule());
        (fails, !fails && next.succeeded() >= rules.success_threshold)
    };
    if reopens {
        reopen(next, Reason::ProbeFailed, look, Answer::Counted)
    } else if closes {
        Order::moved(next, next.enter(Mode::Closed), Reason::ProbesSucceeded, Answer::Counted)
    } else {
        Order::stay(next, Answer::Counted)
    }
}

/// S4, S9: an outcome while closed or observing. Only a server's waiting time changes the state here; the rules are
/// asked after the window has counted the call.
fn windowed(state: State, outcome: Outcome, hint_ms: u64, look: &Look<'_>) -> Order {
    match outcome {
        Outcome::Ignored => Order::stay(state, Answer::Counted),
        Outcome::Failure if hint_ms > 0 && state.is_closed() => {
            open_for(state, hint_ms, Reason::Throttled, look, Answer::Counted)
        }
        Outcome::Failure | Outcome::Success => Order::stay(state, Answer::Windowed),
    }
}

/// S9: a late hint moves an open breaker's deadline later, never earlier.
fn late_hint(state: State, hint_ms: u64, look: &Look<'_>) -> Order {
    let deadline = if hint_ms > 0 { after_ms(look.now, hint_ms) } else { 0 };
    Order::stay(state.with_deadline_ms(deadline.max(state.deadline_ms())), Answer::Late)
}

/// S10.
fn obey(state: State, command: Command, look: &Look<'_>) -> Order {
    let mode = state.mode();
    match command {
        Command::Reset if mode == Mode::Closed => Order::stay(state.enter(Mode::Closed), Answer::Done),
        Command::Reset => Order::moved(state, state.enter(Mode::Closed), Reason::Operator, Answer::Done),
        Command::Trip if mode == Mode::Open => Order::stay(state, Answer::Done),
        Command::Trip => reopen(state, Reason::Operator, look, Answer::Done),
        Command::TripFor(ms) if mode == Mode::Open => {
            Order::stay(state.with_deadline_ms(after_ms(look.now, ms)), Answer::Done)
        }
        Command::TripFor(ms) => open_for(state, ms, Reason::Operator, look, Answer::Done),
        Command::HalfOpen => match mode {
            Mode::HalfOpen => Order::stay(state, Answer::Done),
            Mode::Open => Order::moved(state, state.enter(Mode::HalfOpen), Reason::Operator, Answer::Done),
            _ => Order::stay(state, Answer::Impossible),
        },
        Command::Hold(held) if mode == held => Order::stay(state, Answer::Done),
        Command::Hold(held) => Order::moved(state, state.enter(held), Reason::Operator, Answer::Done),
    }
}

/// An opening with the next step of the backoff.
fn reopen(state: State, reason: Reason, look: &Look<'_>, answer: Answer) -> Order {
    let step = state.next_step();
    let length = look.rules.jittered_opening(step, look.random);
    let deadline = look.now.saturating_add(length).div_ceil(MS);
    let next = state.enter(Mode::Open).with_step(step).with_deadline_ms(deadline);
    Order::moved(state, next, reason, answer)
}

/// An opening of a stated length, which is no step of the backoff.
fn open_for(state: State, ms: u64, reason: Reason, look: &Look<'_>, answer: Answer) -> Order {
    let next = state.enter(Mode::Open).with_deadline_ms(after_ms(look.now, ms));
    Order::moved(state, next, reason, answer)
}

/// How long until the breaker would admit a call, in ns: 0 = now, `u64::MAX` = not to be known.
pub(crate) fn retry_after(state: State, look: &Look<'_>) -> u64 {
    match state.mode() {
        Mode::Closed | Mode::Disabled | Mode::Observing => 0,
        Mode::ForcedOpen => u64::MAX,
        Mode::Open => state.deadline_ns().saturating_sub(look.now),
        Mode::HalfOpen if half_open_too_long(look) => look.rules.opening(state.next_step()),
        Mode::HalfOpen if look.rules.probe_fits(state.in_flight(), state.recorded()) => {
            interval_left(state, look)
        }
        Mode::HalfOpen if passed(look.last_probe, look.rules.lease, look.now) => 0,
        Mode::HalfOpen => u64::MAX,
    }
}

/// How long an open breaker stays so.
pub(crate) fn open_remaining(state: State, now: u64) -> u64 {
    if state.mode() == Mode::Open { state.deadline_ns().saturating_sub(now) } else { 0 }
}

fn half_open_too_long(look: &Look<'_>) -> bool {
    look.rules.half_open_max > 0 && passed(look.half_open_since, look.rules.half_open_max, look.now)
}

fn interval_left(state: State, look: &Look<'_>) -> u64 {
    let interval = look.rules.interval;
    if !state.probed() || passed(look.last_probe, interval, look.now) {
        return 0;
    }
    look.last_probe.saturating_add(interval) - look.now
}

/// `limit` has passed since `stamp`. A stamp further in the future than its limit is no stamp of ours, and counts as
/// passed; a nearer one is of a clock read a moment later on another CPU.
fn passed(stamp: u64, limit: u64, now: u64) -> bool {
    if now >= stamp { now - stamp >= limit } else { stamp - now > limit }
}

/// Whole milliseconds, rounded up (S12).
fn after_ms(now: u64, ms: u64) -> u64 {
    now.div_ceil(MS).saturating_add(ms)
}

impl Permit {
    /// The event of giving this permit back.
    pub(crate) fn returned(self, outcome: Outcome, slow: bool, hint_ms: u64) -> Event {
        Event::Outcome { generation: self.generation(), outcome, slow, hint_ms }
    }
}
