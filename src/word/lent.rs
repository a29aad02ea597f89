//! What the fleet has done to a breaker: kept beside its word, so that the fleet can take back what it gave and nothing
//! else.
//!
//! Two stamps tell what of a state is the fleet's. `own` is the generation and the deadline that the host itself has set
//! in it, 0 for none; `lent` is the deadline that the fleet wrote over it. They count only while generation and deadline
//! of the word are these: any later hint, command or transition makes the opening the host's own.
//!
//! # Orderings
//! - SYNC-WORD (`word::cell`): both are written before the CAS of the word that makes them matter. Who loses that CAS
//!   takes them back; who is killed before it leaves stamps that match no word, and the opening counts as the host's own.

use super::state::{State, Tag};
use crate::outcome::{Mode, Wish};
use crate::prim::{AtomicU64, Ordering};
// Quiet under loom: advice is a number that stands for itself, and each read would be a point to branch at.
use std::sync::atomic::AtomicU64 as QuietU64;

/// In ns: advice for longer than a day is of no writer of ours.
const LONGEST_ADVICE: u64 = 86_400_000_000_000;
const MS: u64 = 1_000_000;

/// The stamps of the fleet.
#[repr(C)]
pub(crate) struct Lent {
    own: AtomicU64,
    lent: AtomicU64,
    advised_until: QuietU64,
}

impl Lent {
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        let [own, lent] = crate::prim::zeros();
        Self { own, lent, advised_until: QuietU64::new(0) }
    }

    /// What a wish makes of a state; the same state where it has nothing to change.
    pub(crate) fn wished(&self, state: State, wish: Wish, now: u64) -> State {
        match (wish, state.mode()) {
            (Wish::Open { until_ms }, Mode::Closed | Mode::HalfOpen) => {
                state.enter(Mode::Open).with_deadline_ms(until_ms)
            }
            (Wish::Open { until_ms }, Mode::Open) => {
                state.with_deadline_ms(until_ms.max(state.deadline_ms()))
            }
            (Wish::HalfOpen, Mode::Open) if self.is_lent(state) => {
                let own = self.own_deadline_ms(state);
                if own.saturating_mul(MS) > now {
                    state.with_deadline_ms(own)
                } else {
                    state.enter(Mode::HalfOpen)
                }
            }
            (Wish::ForcedOpen, mode) if mode != Mode::ForcedOpen => state.enter(Mode::ForcedOpen),
            (Wish::Release, Mode::ForcedOpen) if self.is_lent(state) => state.enter(Mode::Closed),
            _ => state,
        }
    }

    /// Before `seen` becomes `next` by the fleet's wish: what of that is the host's own.
    pub(crate) fn note(&self, seen: State, next: State) {
        let own = self.own_deadline_ms(seen);
        // ORDERING: Relaxed, both; the CAS of the word that follows publishes them (SYNC-WORD).
        self.own.store(tag(next).over(own), Ordering::Relaxed);
        self.lent.store(next.deadline_ms(), Ordering::Relaxed);
    }

    /// That came to nothing.
    pub(crate) fn forget(&self) {
        // ORDERING: Relaxed; no generation is 0, so this matches no word.
        self.own.store(0, Ordering::Relaxed);
    }

    /// The fleet has made this state what it is: its deadline, or that it is forced open.
    pub(crate) fn is_lent(&self, state: State) -> bool {
        // ORDERING: Relaxed; the load of the word that gave us the state acquired them (SYNC-WORD).
        let lent = self.lent.load(Ordering::Relaxed);
        let is_of_fleet = match state.mode() {
            Mode::Open => lent == state.deadline_ms(),
            Mode::ForcedOpen => true,
            _ => false,
        };
        is_of_fleet && self.own().0 == tag(state)
    }

    /// The deadline that the host itself has set in this state, in ms: 0 if it is not open, or open by the fleet alone.
    pub(crate) fn own_deadline_ms(&self, state: State) -> u64 {
        match state.mode() {
            Mode::Open if self.is_lent(state) => self.own().1,
            Mode::Open => state.deadline_ms(),
            _ => 0,
        }
    }

    /// Half the thresholds until then, ns; 0 ends it.
    pub(crate) fn advise(&self, until: u64) {
        // ORDERING: Relaxed; stands for itself, and whoever sets it sends the next record to look (SYNC-EPOCH).
        self.advised_until.store(until, Ordering::Relaxed);
    }

    /// How long the advice holds on, ns; 0 if there is none.
    pub(crate) fn advised_for(&self, now: u64) -> u64 {
        // ORDERING: Relaxed; stands for itself.
        let left = self.advised_until.load(Ordering::Relaxed).saturating_sub(now);
        if left > LONGEST_ADVICE { 0 } else { left }
    }

    fn own(&self) -> (Tag, u64) {
        // ORDERING: Relaxed; see `is_lent`.
        Tag::split(self.own.load(Ordering::Relaxed))
    }
}

fn tag(state: State) -> Tag {
    Tag::new(state.generation(), 0)
}
