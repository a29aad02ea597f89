//! The rate limiter's word: the generic cell rate algorithm.
//!
//! The word is the *theoretical arrival time*: when the next unit would be due if all of them came evenly spaced. A call
//! moves it on by what it costs, and may go unless that puts it more than a burst ahead of the time. A call that may not
//! go yet can take its *turn*: the word moves on all the same, and the call goes when the time comes. So turns are in
//! order over all processes, and a call that would come too late is told so at once.
//!
//! A server that asks for a pause inserts dead time: the word moves on by its length, and so does every turn that is out
//! (`shift` says by how much). One whose cost exceeds the burst waits until everything before it is paid; its own debt
//! then delays those that follow.
//!
//! Times are those of whoever asks. A limit that several hosts share goes in a time of its own, which passes as slowly as
//! this host's share is small ([`Pace`](crate::pace::Pace)); nothing here knows of it but the burst, of which each host has
//! an equal part.
//!
//! # Orderings
//! - SYNC-TURN: a turn reads `shift` before its CAS of the word (Release); a pause moves the word (Acquire) before it
//!   raises `shift` (Release). So a turn that the pause did not move in the word sees it in `shift`. One that came between
//!   the two may be moved twice: late, and never early.

use crate::prim::{AtomicU64, Ordering};

/// In ns: no pause is longer, and nothing lies further in the future than two of them beyond a burst; what does is of no
/// clock of ours.
pub(crate) const LONGEST: u64 = 86_400_000_000_000;

/// How many units per how long, made ready for decisions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    limit: u64,
    /// In ns.
    period: u64,
    burst: u64,
    /// How many hosts have a part of the burst.
    hosts: u64,
}

/// When a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    at: u64,
    shift: u64,
}

/// A limiter's state.
#[repr(C)]
pub(crate) struct Gcra {
    arrival: AtomicU64,
    paused_until: AtomicU64,
    shift: AtomicU64,
}

impl Rate {
    /// None of them is 0.
    pub(crate) fn new(limit: u32, period_ms: u32, burst: u32) -> Self {
        let period = u64::from(period_ms) * 1_000_000;
        Self { limit: limit.into(), period, burst: burst.into(), hosts: 1 }
    }

    /// The same, its burst being that of so many hosts.
    pub(crate) fn among(self, hosts: u32) -> Self {
        Self { hosts: hosts.max(1).into(), ..self }
    }

    /// The time that so many units take, rounded up, so that the limit is never exceeded.
    fn cost(&self, units: u64) -> u64 {
        let cost = (u128::from(units) * u128::from(self.period)).div_ceil(u128::from(self.limit));
        u64::try_from(cost).unwrap_or(u64::MAX).min(u64::MAX >> 4)
    }

    /// How far ahead of the time the word may be.
    fn leeway(&self) -> u64 {
        self.cost(self.burst) / self.hosts
    }

    /// The word as it counts now: never in the past, and nothing that no writer of ours writes.
    fn arrival(&self, word: u64, now: u64) -> u64 {
        if word > self.farthest(now) { now } else { word.max(now) }
    }

    /// The word moved on.
    fn later(&self, arrival: u64, by: u64, now: u64) -> u64 {
        arrival.saturating_add(by).min(self.farthest(now))
    }

    fn farthest(&self, now: u64) -> u64 {
        now.saturating_add(self.leeway() + 2 * LONGEST)
    }

    /// When a call of so many units may go, and what the word becomes then.
    fn plan(&self, word: u64, units: u32, now: u64) -> (u64, u64) {
        let (arrival, cost) = (self.arrival(word, now), self.cost(units.into()));
        let at = arrival.saturating_add(cost).saturating_sub(self.leeway().max(cost)).max(now);
        (at, self.later(arrival, cost, now))
    }
}

impl Gcra {
    #[cfg(any(test, loom))]
    pub(crate) fn new() -> Self {
        let [arrival, paused_until, shift] = crate::prim::zeros();
        Self { arrival, paused_until, shift }
    }

    /// Takes a turn, if it comes within `patience` ns of `now`; if not, how long it would be until then.
    pub(crate) fn take(&self, rate: &Rate, units: u32, now: u64, patience: u64) -> Result<Turn, u64> {
        // ORDERING: Acquire, SYNC-TURN: before the CAS below.
        let shift = self.shift.load(Ordering::Acquire);
        let until = self.pause_end(now);
        // ORDERING: Relaxed; the CAS checks it.
        let mut word = self.arrival.load(Ordering::Relaxed);
        loop {
            let (at, next) = rate.plan(word, units, now);
            let at = at.max(until);
            if at - now > patience {
                return Err(at - now);
            }
            // ORDERING: AcqRel, SYNC-TURN.
            match self.arrival.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Ok(Turn { at, shift }),
                Err(seen) => word = seen,
            }
        }
    }

    /// How long from `now` until this turn, with the pauses that came since.
    pub(crate) fn due_in(&self, turn: &Turn, now: u64) -> u64 {
        // ORDERING: Acquire, SYNC-TURN.
        let shifted = self.shift.load(Ordering::Acquire).wrapping_sub(turn.shift);
        turn.at.saturating_add(shifted.min(2 * LONGEST)).saturating_sub(now)
    }

    /// How long until a call of so many units would go; changes nothing.
    pub(crate) fn wait(&self, rate: &Rate, units: u32, now: u64) -> u64 {
        // ORDERING: Relaxed; stands for itself.
        let (at, _) = rate.plan(self.arrival.load(Ordering::Relaxed), units, now);
        at.max(self.pause_end(now)) - now
    }

    /// How many units may go at once now.
    pub(crate) fn available(&self, rate: &Rate, now: u64) -> u64 {
        if self.pause_end(now) > now {
            return 0;
        }
        // ORDERING: Relaxed; stands for itself.
        let arrival = rate.arrival(self.arrival.load(Ordering::Relaxed), now);
        let room = u128::from(now.saturating_add(rate.leeway()).saturating_sub(arrival));
        let units = u64::try_from(room * u128::from(rate.limit) / u128::from(rate.period));
        // A part of a burst may be less than a unit: that goes alone, once all before it is paid.
        let alone = u64::from(arrival == now);
        units.unwrap_or(u64::MAX).clamp(alone, rate.burst)
    }

    /// Gives back units that were not used. Turns that are out stay where they are.
    pub(crate) fn give_back(&self, rate: &Rate, units: u32, now: u64) {
        self.change(|word| rate.arrival(word, now).saturating_sub(rate.cost(units.into())));
    }

    /// Takes units that were used already; those that follow wait until they are paid.
    pub(crate) fn charge(&self, rate: &Rate, units: u32, now: u64) {
        self.change(|word| rate.later(rate.arrival(word, now), rate.cost(units.into()), now));
    }

    /// No more than so many units are left at once: what a server says that knows better. Never makes it more.
    pub(crate) fn leave(&self, rate: &Rate, units: u32, now: u64) {
        let spent = rate.cost(rate.burst.saturating_sub(units.into())) / rate.hosts;
        self.change(|word| rate.arrival(word, now).max(now.saturating_add(spent)));
    }

    /// The rate was another before: what was taken is still as many units. Turns that are out stay where they are.
    pub(crate) fn rescale(&self, before: &Rate, rate: &Rate, now: u64) {
        self.change(|word| {
            let taken = u128::from(before.arrival(word, now) - now) * u128::from(before.limit);
            let units = u64::try_from(taken / u128::from(before.period)).unwrap_or(u64::MAX);
            rate.later(now, rate.cost(units), now)
        });
    }

    /// Nothing goes before `until`, and then one unit after the other. False if that was known.
    pub(crate) fn pause(&self, rate: &Rate, until: u64, now: u64) -> bool {
        let until = until.min(now.saturating_add(LONGEST));
        // ORDERING: Relaxed; the CAS checks it.
        let mut known = self.paused_until.load(Ordering::Relaxed);
        let by = loop {
            let from = if known.saturating_sub(now) > LONGEST { now } else { known.max(now) };
            if until <= from {
                return false;
            }
            // ORDERING: Relaxed; of simultaneous pauses each inserts the part that is its own, and the word is moved below.
            match self.paused_until.compare_exchange_weak(known, until, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => break until - from,
                Err(seen) => known = seen,
            }
        };
        let empty = until.saturating_add(rate.leeway().saturating_sub(rate.cost(1)));
        self.change(|word| rate.later(rate.arrival(word, now), by, now).max(empty));
        // ORDERING: Release, SYNC-TURN: after the word.
        self.shift.fetch_add(by, Ordering::Release);
        true
    }

    /// When the pause ends that is on now; `now` if none is.
    pub(crate) fn pause_end(&self, now: u64) -> u64 {
        // ORDERING: Relaxed; a call that misses a pause that is just being made came before it.
        let until = self.paused_until.load(Ordering::Relaxed);
        if until.saturating_sub(now) > LONGEST { now } else { until.max(now) }
    }

    fn change(&self, next: impl Fn(u64) -> u64) {
        // ORDERING: AcqRel, SYNC-TURN; the load is checked by the CAS.
        let _ = self.arrival.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |word| Some(next(word)));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;
    const T0: u64 = 1000 * S;

    fn goes(gcra: &Gcra, rate: &Rate, units: u32, now: u64) -> bool {
        gcra.take(rate, units, now, 0).is_ok()
    }

    #[test]
    fn a_burst_and_then_evenly_spaced() {
        let (gcra, rate) = (Gcra::new(), Rate::new(60, 60_000, 3));
        assert_eq!(gcra.available(&rate, T0), 3);
        assert_eq!([(); 4].map(|()| goes(&gcra, &rate, 1, T0)), [true, true, true, false]);
        assert_eq!(gcra.wait(&rate, 1, T0), S);
        assert!(!goes(&gcra, &rate, 1, T0 + S - 1));
        assert!(goes(&gcra, &rate, 1, T0 + S) && !goes(&gcra, &rate, 1, T0 + S));
        assert_eq!(gcra.available(&rate, T0 + 100 * S), 3);
    }

    #[test]
    fn odd_limits_are_never_exceeded() {
        let (gcra, rate) = (Gcra::new(), Rate::new(7, 60_000, 1));
        let gone = (0..60_000u64).filter(|ms| goes(&gcra, &rate, 1, T0 + ms * 1_000_000)).count();
        assert_eq!(gone, 7);
    }

    #[test]
    fn a_cost_above_the_burst_goes_when_all_is_paid_and_delays_the_next() {
        let (gcra, rate) = (Gcra::new(), Rate::new(60, 60_000, 2));
        assert!(goes(&gcra, &rate, 10, T0));
        assert_eq!((gcra.wait(&rate, 1, T0), gcra.wait(&rate, 10, T0)), (9 * S, 10 * S));
        assert_eq!(gcra.wait(&rate, 1, T0 + 9 * S), 0);
    }

    #[test]
    fn turns_are_in_order_and_those_that_come_too_late_are_not_taken() {
        let (gcra, rate) = (Gcra::new(), Rate::new(60, 60_000, 1));
        let turns: Vec<_> = (0..4).map(|_| gcra.take(&rate, 1, T0, 2 * S)).collect();
        let due: Vec<_> = turns.iter().map(|t| t.map(|t| gcra.due_in(&t, T0))).collect();
        assert_eq!(due, [Ok(0), Ok(S), Ok(2 * S), Err(3 * S)]);
    }

    #[test]
    fn a_pause_moves_every_turn_by_its_length_and_ends_without_a_burst() {
        let (gcra, rate) = (Gcra::new(), Rate::new(60, 60_000, 5));
        assert!(goes(&gcra, &rate, 5, T0));
        let turn = gcra.take(&rate, 1, T0, S).unwrap();
        assert!(gcra.pause(&rate, T0 + 10 * S, T0));
        assert!(!gcra.pause(&rate, T0 + 10 * S, T0), "twenty calls hear of one pause");
        assert_eq!(gcra.due_in(&turn, T0), 11 * S);
        assert_eq!((gcra.wait(&rate, 1, T0), gcra.available(&rate, T0)), (12 * S, 0));
        assert!(gcra.pause(&rate, T0 + 20 * S, T0 + 5 * S), "a longer one adds what is more");
        assert_eq!(gcra.due_in(&turn, T0), 21 * S);

        let (fresh, end) = (Gcra::new(), T0 + 10 * S);
        fresh.pause(&rate, end, T0);
        assert_eq!([(); 2].map(|()| goes(&fresh, &rate, 1, end)), [true, false]);
    }

    #[test]
    fn units_are_given_back_charged_and_corrected_downwards() {
        let (gcra, rate) = (Gcra::new(), Rate::new(60, 60_000, 10));
        assert!(goes(&gcra, &rate, 4, T0));
        gcra.give_back(&rate, 1, T0);
        assert_eq!(gcra.available(&rate, T0), 7);
        gcra.charge(&rate, 2, T0);
        assert_eq!(gcra.available(&rate, T0), 5);
        gcra.leave(&rate, 9, T0);
        assert_eq!(gcra.available(&rate, T0), 5);
        gcra.leave(&rate, 1, T0);
        assert_eq!(gcra.available(&rate, T0), 1);
        gcra.charge(&rate, 100, T0);
        assert_eq!(gcra.wait(&rate, 1, T0), 100 * S);
        gcra.give_back(&rate, u32::MAX, T0);
        assert_eq!(gcra.available(&rate, T0), 10);
    }

    #[test]
    fn another_rate_makes_neither_more_nor_less_of_what_is_left() {
        let (gcra, slow, fast) = (Gcra::new(), Rate::new(60, 60_000, 100), Rate::new(600, 60_000, 100));
        assert!(goes(&gcra, &fast, 90, T0));
        gcra.rescale(&fast, &slow, T0);
        assert_eq!((gcra.available(&slow, T0), gcra.wait(&slow, 11, T0)), (10, S));
        gcra.rescale(&slow, &fast, T0);
        assert_eq!((gcra.available(&fast, T0), gcra.wait(&fast, 11, T0)), (10, S / 10));
    }

    #[test]
    fn each_host_has_a_part_of_the_burst_and_at_least_one_unit() {
        let (gcra, rate) = (Gcra::new(), Rate::new(60, 60_000, 10).among(4));
        assert_eq!(gcra.available(&rate, T0), 2);
        assert_eq!([(); 3].map(|()| goes(&gcra, &rate, 1, T0)), [true, true, false]);
        assert_eq!(gcra.wait(&rate, 1, T0), S / 2);

        let (gcra, rate) = (Gcra::new(), Rate::new(60, 60_000, 10).among(100));
        assert_eq!(gcra.available(&rate, T0), 1);
        assert!(goes(&gcra, &rate, 1, T0));
        assert_eq!((gcra.available(&rate, T0), gcra.wait(&rate, 1, T0)), (0, S));
        gcra.pause(&rate, T0 + 10 * S, T0);
        assert_eq!((gcra.wait(&rate, 1, T0), gcra.available(&rate, T0 + 11 * S)), (11 * S, 1));

        let told = Gcra::new();
        told.leave(&Rate::new(60, 60_000, 40).among(4), 8, T0);
        assert_eq!(told.available(&Rate::new(60, 60_000, 40).among(4), T0), 2, "what is left is shared, too");
    }

    #[test]
    fn nothing_that_memory_may_hold_panics_or_blocks_for_ever() {
        let words = [0, 1, T0, T0 + S, u64::MAX / 2, u64::MAX - 1, u64::MAX];
        for (arrival, until, shift) in triples(&words) {
            for rate in [
                Rate::new(1, 1, 1),
                Rate::new(1, 86_400_000, 1_000_000_000),
                Rate::new(1_000_000_000, 1, 1).among(u32::MAX),
            ] {
                let gcra = Gcra {
                    arrival: AtomicU64::new(arrival),
                    paused_until: AtomicU64::new(until),
                    shift: AtomicU64::new(shift),
                };
                for now in [0, T0, 1 << 62, u64::MAX] {
                    let _ = gcra.take(&rate, u32::MAX, now, 0);
                    if let Ok(turn) = gcra.take(&rate, 1, now, u64::MAX) {
                        let _ = gcra.due_in(&turn, now);
                    }
                    gcra.charge(&rate, u32::MAX, now);
                    gcra.leave(&rate, 0, now);
                    gcra.rescale(&Rate::new(7, 1, 3), &rate, now);
                    gcra.pause(&rate, u64::MAX, now);
                    let _ = (gcra.available(&rate, now), gcra.wait(&rate, 1, now));
                    gcra.give_back(&rate, u32::MAX, now);
                }
            }
        }
        let rate = Rate::new(60, 60_000, 1);
        let hostile = Gcra { arrival: AtomicU64::new(u64::MAX), ..Gcra::new() };
        assert!(goes(&hostile, &rate, 1, T0));
    }

    fn triples(words: &[u64]) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        words
            .iter()
            .flat_map(move |&a| words.iter().flat_map(move |&b| words.iter().map(move |&c| (a, b, c))))
    }
}
