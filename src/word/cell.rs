//! The state word in memory, with the two stamps beside it, and the only loop that changes it.
//!
//! # Orderings
//! Every change of the word is an AcqRel CAS and every read that decides is an Acquire load. `SYNC` marks what pairs:
//! - SYNC-WORD: the CAS publishes what was written before it (the stamps of its probe or episode; the configuration of
//!   a fresh cell) to every load of the word that sees it.
//! - SYNC-ARM: two CASes of the word order a call that was counted before a call that clears `armed`; see
//!   `breaker::judge`.

use super::state::State;
use super::transition::{Answer, Event, Look, Move, Order, retry_after, transition};
use crate::config::Rules;
use crate::outcome::Mode;
use crate::prim::{AtomicU64, Ordering};

/// The state word and its stamps.
#[repr(C)]
pub(crate) struct StateWord {
    word: AtomicU64,
    last_probe: AtomicU64,
    half_open_since: AtomicU64,
}

/// What a change of the word came to.
#[must_use]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Applied {
    pub(crate) before: State,
    pub(crate) after: State,
    pub(crate) answer: Answer,
    pub(crate) moved: Option<Move>,
}

impl StateWord {
    /// A word that no one has initialised, as fresh shared memory holds it.
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self { word: AtomicU64::new(0), last_probe: AtomicU64::new(0), half_open_since: AtomicU64::new(0) }
    }

    #[inline(always)]
    pub(crate) fn load(&self) -> State {
        // ORDERING: Acquire, SYNC-WORD: see the stamps and the configuration that belong to this state.
        State::from_word(self.word.load(Ordering::Acquire))
    }

    /// The breaker was created whole.
    pub(crate) fn is_initialised(&self) -> bool {
        self.load().word() != 0
    }

    /// Makes an uninitialised word that of a fresh breaker; any number of creators may try.
    pub(crate) fn initialise(&self) {
        // ORDERING: AcqRel, SYNC-WORD: publishes the configuration that was written before; a loser sees the winner's.
        let fresh = State::FRESH.word();
        let _ = self.word.compare_exchange(0, fresh, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Runs `event` through [`transition`] until the word takes its result.
    pub(crate) fn apply(&self, event: Event, rules: &Rules, now: u64, random: u32) -> Applied {
        let mut before = self.load();
        loop {
            let order = transition(before, event, &self.look(rules, now, random));
            if order.next == before && !order.touch {
                return Applied { before, after: before, answer: order.answer, moved: order.moved };
            }
            self.stamp(&order, rules, now);
            // ORDERING: AcqRel, SYNC-WORD publishes the stamps; SYNC-ARM.
            match self.word.compare_exchange_weak(
                before.word(),
                order.next.word(),
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => {
                    return Applied { before, after: order.next, answer: order.answer, moved: order.moved };
                }
                Err(word) => before = State::from_word(word),
            }
        }
    }

    /// Writes the stamps that matter once the CAS succeeds. By `fetch_max` and before it: whoever loses the CAS, or is
    /// killed before it, leaves a stamp that is only ever later, so that a limit grows and never shrinks.
    fn stamp(&self, order: &Order, rules: &Rules, now: u64) {
        if order.next.mode() != Mode::HalfOpen {
            return;
        }
        if order.answer == Answer::Admitted {
            raise(&self.last_probe, now, rules.lease.max(rules.interval));
        }
        if order.moved.is_some_and(|m| m.from == Mode::Open) {
            raise(&self.half_open_since, now, rules.half_open_max);
        }
    }

    fn look<'a>(&self, rules: &'a Rules, now: u64, random: u32) -> Look<'a> {
        // ORDERING: Relaxed; the load or CAS that gave us the word acquired the stamps that belong to it (SYNC-WORD).
        let last_probe = self.last_probe.load(Ordering::Relaxed);
        let half_open_since = self.half_open_since.load(Ordering::Relaxed);
        Look { rules, now, last_probe, half_open_since, random }
    }

    /// The answer that `admit` would give, and how long until it would be yes; changes nothing (S7).
    pub(crate) fn ask(&self, rules: &Rules, now: u64) -> (bool, u64) {
        let state = self.load();
        let look = self.look(rules, now, 0);
        let admitted = transition(state, Event::Admit, &look).answer == Answer::Admitted;
        (admitted, retry_after(state, &look))
    }
}

/// Raises a stamp to `now`. One that lies further in the future than its limit is of no clock of ours: it is replaced, or
/// it would count as passed for ever.
fn raise(stamp: &AtomicU64, now: u64, limit: u64) {
    // ORDERING: Relaxed, all; the CAS of the word that follows publishes the stamp (SYNC-WORD).
    let seen = stamp.load(Ordering::Relaxed);
    if seen > now && seen - now > limit {
        let _ = stamp.compare_exchange(seen, now, Ordering::Relaxed, Ordering::Relaxed);
    } else {
        stamp.fetch_max(now, Ordering::Relaxed);
    }
}
