//! A time window of ticks. The cell's counters only go up; the first outcome of a tick writes down where they stood, and
//! a window is the difference between now and the start of its oldest tick. So a success touches nothing here.
//!
//! `newest` holds the window's tag, the newest tick seen, and for how many ticks before it the window reaches back at
//! most (`span`): the ticks between were either written or had no outcome.
//!
//! # Orderings
//! - SYNC-TICK: `newest` is moved on by an AcqRel CAS first, then the tick's sums are written by AcqRel CASes, which
//!   anyone may help with. A helper that was stopped and would overwrite a later tick's sums has loaded them (Acquire),
//!   hence sees the later `newest`, and gives way.
//! - SYNC-SUMS: a reader loads a tick's sum (Acquire) before it loads the counters; the sum was released after the
//!   counters were read, so the difference is never negative. Every count is a Release and every look at one an Acquire:
//!   whoever sees a call sees what its thread had counted before, and a slow call is counted as a call first. So a window
//!   that begins with successes and then failures, and ends the other way round, has no failures without the successes
//!   that came before and after them (`Ticks::open`, `layout::Cell::sums`).

use crate::config::Counts;
#[cfg(any(test, loom))]
use crate::prim::zeros;
use crate::prim::{AtomicU64, Ordering};
use crate::word::Tag;

/// Successes, failures and slow calls since the cell was made.
pub(crate) type Sums = [u64; 3];

/// How often a roll is tried again because others roll too: each failure means that somebody else got further.
const TRIES: usize = 8;

const SUM_BITS: u32 = 40;
const SUM_MAX: u64 = (1 << SUM_BITS) - 1;
const SPAN_BITS: u32 = 6;
const TICK_BITS: u32 = 50 - SPAN_BITS;
const TICK_MAX: u64 = (1 << TICK_BITS) - 1;

/// The ticks; `N` of them are kept, at most 64.
#[repr(C)]
pub(crate) struct Ticks<const N: usize> {
    newest: AtomicU64,
    sums: [[AtomicU64; 3]; N],
}

/// What a roll asks its caller.
pub(crate) struct Calls<S, C> {
    /// A counter now, by its place in [`Sums`].
    pub(crate) sum: S,
    /// The tag is still that of the breaker: one that is not was read by a thread that was stopped since.
    pub(crate) is_current: C,
}

/// What a roll came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rolled {
    /// The sums of this tick, the newest, are written.
    To(u64),
    /// Others are further, or the tag is no longer the current one.
    Elsewhere,
    /// Everything in the window is older than it is long, or more than its length in the future (S6): the window wants a
    /// new tag.
    Outlived,
}

/// `newest`, read.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Newest {
    tag: Tag,
    span: u64,
    tick: u64,
}

impl Newest {
    fn from_word(word: u64) -> Self {
        let (tag, rest) = Tag::split(word);
        Self { tag, span: rest >> TICK_BITS, tick: rest & TICK_MAX }
    }

    fn word(self) -> u64 {
        self.tag.over(self.span << TICK_BITS | self.tick)
    }

    /// The tick that an outcome at `tick` belongs to without moving on: an earlier one counts as the newest, unless
    /// that lies more than the window's own length in the future (S6).
    fn holds(self, tick: u64, buckets: u64) -> bool {
        tick <= self.tick && self.tick - tick <= buckets
    }
}

impl<const N: usize> Ticks<N> {
    #[cfg(any(test, loom))]
    pub(crate) fn new() -> Self {
        Self { newest: AtomicU64::new(0), sums: std::array::from_fn(|_| zeros()) }
    }

    /// Sees to it that the sums at the start of `tick` are written.
    pub(crate) fn roll(
        &self,
        tick: u64,
        tag: Tag,
        buckets: u64,
        calls: &Calls<impl Fn(usize) -> u64, impl Fn() -> bool>,
    ) -> Rolled {
        let tick = tick.min(TICK_MAX);
        for _ in 0..TRIES {
            // ORDERING: Acquire, SYNC-TICK.
            let word = self.newest.load(Ordering::Acquire);
            let seen = Newest::from_word(word);
            let next = if seen.tag != tag {
                if !(calls.is_current)() {
                    return Rolled::Elsewhere;
                }
                Newest { tag, span: 0, tick }
            } else if seen.holds(tick, buckets) {
                seen
            } else if tick > seen.tick && tick - seen.tick <= buckets + 1 {
                Newest { tick, span: (seen.span + (tick - seen.tick)).min(N as u64 - 1), ..seen }
            } else {
                return Rolled::Outlived;
            };
            // ORDERING: AcqRel, SYNC-TICK.
            let moved = next == seen
                || self
                    .newest
                    .compare_exchange(word, next.word(), Ordering::AcqRel, Ordering::Acquire)
                    .is_ok();
            if moved && self.open(next, &calls.sum) {
                if next != seen && seen.tag == tag {
                    // Of a longer way the slots before would be those of the new tick and later.
                    self.clear((seen.tick + 1).max(next.tick.saturating_sub(N as u64 - 1))..next.tick, next);
                }
                return Rolled::To(next.tick);
            }
        }
        Rolled::Elsewhere
    }

    /// Writes the sums of the newest tick, unless they are; false if it is no longer the newest.
    ///
    /// Each counter is read when the one before it is written, by whoever: so a window begins with failures and slow calls
    /// no earlier than with successes, and never keeps a failure of which it has lost the successes that came after.
    fn open(&self, newest: Newest, sum: &impl Fn(usize) -> u64) -> bool {
        let label = Self::label(newest.tag, newest.tick);
        let slot = &self.sums[(newest.tick % N as u64) as usize];
        // ORDERING: Acquire, SYNC-TICK: if a later tick's helper wrote one, we see its `newest` below.
        let old: [u64; 3] = std::array::from_fn(|i| slot[i].load(Ordering::Acquire));
        if old.iter().all(|word| word >> SUM_BITS == label) {
            return true;
        }
        // ORDERING: Acquire, SYNC-TICK.
        if self.newest.load(Ordering::Acquire) != newest.word() {
            return false;
        }
        for (i, (word, old)) in slot.iter().zip(old).enumerate() {
            if old >> SUM_BITS != label {
                // ORDERING: AcqRel, SYNC-SUMS. A failure means that another helper wrote it.
                let new = label << SUM_BITS | (sum(i) & SUM_MAX);
                let _ = word.compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire);
            }
        }
        true
    }

    /// Empties the sums of ticks that had no outcome, whose labels would come round again after 65,472 ticks.
    fn clear(&self, ticks: std::ops::Range<u64>, newest: Newest) {
        for word in ticks.flat_map(|tick| &self.sums[(tick % N as u64) as usize]) {
            // ORDERING: Acquire, SYNC-TICK, both, as in `open`: a later tick's sums are left alone.
            let old = word.load(Ordering::Acquire);
            if self.newest.load(Ordering::Acquire) != newest.word() {
                return;
            }
            // ORDERING: Relaxed; empty sums say nothing.
            let _ = word.compare_exchange(old, 0, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// The window's calls at `tick`; `sums` is read after the ticks.
    pub(crate) fn counts(&self, tick: u64, tag: Tag, buckets: u64, sums: impl Fn() -> Sums) -> Counts {
        let tick = tick.min(TICK_MAX);
        // ORDERING: Acquire, SYNC-TICK.
        let newest = Newest::from_word(self.newest.load(Ordering::Acquire));
        let in_past = tick > newest.tick;
        if newest.tag != tag || !(in_past || newest.holds(tick, buckets)) {
            return Counts::default();
        }
        let top = tick.max(newest.tick);
        let reach = newest.tick.saturating_sub(newest.span.min(N as u64 - 1));
        let oldest = (top + 1).saturating_sub(buckets).max(reach);
        let starts: [Option<u64>; 3] = std::array::from_fn(|i| self.first_sum(i, tag, oldest, newest.tick));
        let now = sums();
        let count = |i: usize| starts[i].map_or(0, |start| difference(now[i], start));
        Counts { calls: count(0) + count(1), failures: count(1), slow: count(2) }
    }

    /// Counter `i` at the start of the first tick in `oldest..=newest` that was written.
    fn first_sum(&self, i: usize, tag: Tag, oldest: u64, newest: u64) -> Option<u64> {
        (oldest..=newest).find_map(|tick| {
            // ORDERING: Acquire, SYNC-SUMS.
            let word = self.sums[(tick % N as u64) as usize][i].load(Ordering::Acquire);
            (word >> SUM_BITS == Self::label(tag, tick)).then_some(word & SUM_MAX)
        })
    }

    /// Tells a tick's sums from those of other tags and of other rounds: the tag, and the low bits of the round plus one
    /// of each 1023, so that no label is that of empty sums.
    fn label(tag: Tag, tick: u64) -> u64 {
        const ROUND_BITS: u32 = 64 - SUM_BITS - Tag::BITS;
        tag.number() << ROUND_BITS | (tick / N as u64 % ((1 << ROUND_BITS) - 1) + 1)
    }
}

/// `now - start` of counters of which `start` kept the low bits; arbitrary bytes give at least no wrap.
fn difference(now: u64, start: u64) -> u64 {
    let difference = now.wrapping_sub(start) & SUM_MAX;
    if difference > SUM_MAX / 2 { 0 } else { difference }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn roll(ticks: &Ticks<64>, tick: u64, tag: Tag, buckets: u64, total: u64, current: bool) -> Rolled {
        ticks.roll(tick, tag, buckets, &Calls { sum: |i| [total, 0, 0][i], is_current: || current })
    }

    /// tick:      10   11   12 ... 14        17
    /// calls:      3    2    0      1         |
    /// window of 4 ticks, read at:  14 -> 3   17 -> 1   18 -> 0
    #[test]
    fn calls_leave_the_window_with_their_tick() {
        let ticks = Ticks::<64>::new();
        let tag = Tag::new(1, 0);
        let mut total = 100;
        for (tick, calls) in [(10, 3), (11, 2), (14, 1)] {
            assert_eq!(roll(&ticks, tick, tag, 4, total, true), Rolled::To(tick));
            total += calls;
        }
        let at = |tick| ticks.counts(tick, tag, 4, || [total, 0, 0]).calls;
        assert_eq!([at(14), at(15), at(17), at(18)], [3, 1, 1, 0]);
        assert_eq!([at(13), at(10), at(9)], [3, 3, 0]); // earlier: the newest; too early: not this window
        assert_eq!(ticks.counts(14, Tag::new(2, 0), 4, || [total, 0, 0]), Counts::default());
    }

    #[test]
    fn an_old_tag_changes_nothing_and_an_outlived_window_says_so() {
        let ticks = Ticks::<64>::new();
        let (old, new) = (Tag::new(1, 0), Tag::new(2, 0));
        assert_eq!(roll(&ticks, 1000, new, 10, 5, true), Rolled::To(1000));
        assert_eq!(roll(&ticks, 1001, old, 10, 6, false), Rolled::Elsewhere);
        assert_eq!(ticks.counts(1000, new, 10, || [7, 0, 0]).calls, 2);
        assert_eq!(roll(&ticks, 990, new, 10, 7, true), Rolled::To(1000));
        assert_eq!(roll(&ticks, 989, new, 10, 7, true), Rolled::Outlived);
        assert_eq!(roll(&ticks, 1011, new, 10, 7, true), Rolled::To(1011));
        assert_eq!(roll(&ticks, 1023, new, 10, 7, true), Rolled::Outlived);
    }

    #[test]
    fn sums_of_skipped_ticks_do_not_come_round_again() {
        let ticks = Ticks::<64>::new();
        let tag = Tag::new(1, 0);
        for tick in [100, 102, 104].into_iter().chain((0..70_000).map(|i| 106 + 2 * i)) {
            assert_eq!(roll(&ticks, tick, tag, 10, tick, true), Rolled::To(tick));
            assert!(ticks.counts(tick, tag, 10, || [tick, 0, 0]).calls <= 10);
        }
    }
}
