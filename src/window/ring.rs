//! A ring of the last entries, used in one of two ways, never both at a time:
//! - **stamps** (time window): one word per failure, its tag and its time, so that `failure_threshold` is exact;
//! - **calls** (window of calls): sixteen calls per word, four bits each.
//!
//! An entry is counted only under the present tag (stamps) or from the present base on (calls), so what the other use
//! left behind counts for nothing.
//!
//! # Orderings
//! - SYNC-RING: an entry is written, and then its writer commits by an AcqRel `fetch_add` on the cell's failure or slow
//!   counter (`layout::Tallies`). Those read-modify-writes form one chain, so of simultaneous calls the last to commit
//!   sees the entries of all others: the one that completes a rule notices it (S5). The entries themselves may then be
//!   Relaxed.
//! - SYNC-LAP: a call's bits are released after its index was taken, and acquired by who counts: who meets one of a later
//!   round sees the head that far ahead afterwards, and counts anew instead of judging half a window.
//! - SYNC-BASE: the base is published by an AcqRel CAS that anyone may win; whoever sees it (Acquire) takes an index
//!   at or above it, because the head only grows.

use crate::config::Counts;
#[cfg(any(test, loom))]
use crate::prim::zeros;
use crate::prim::{AtomicU64, Ordering};
use crate::word::{Tag, short_difference};

/// Calls per word, and bits per call: two of the lap, one failed, one slow.
const CALLS: u64 = 16;
const CALL_BITS: u64 = 4;
const FAILED: u64 = 0b0100;
const SLOW: u64 = 0b1000;
/// The low bit of every call in a word.
const EACH: u64 = 0x1111_1111_1111_1111;

/// How often a window is counted again because others wrote over a part of it meanwhile, while we were stopped.
const LOOKS: usize = 8;

/// The ring; `N` words.
#[repr(C)]
pub(crate) struct Ring<const N: usize> {
    head: AtomicU64,
    base: AtomicU64,
    words: [AtomicU64; N],
}

impl<const N: usize> Ring<N> {
    #[cfg(any(test, loom))]
    pub(crate) fn new() -> Self {
        Self { head: AtomicU64::new(0), base: AtomicU64::new(0), words: zeros() }
    }

    /// How many calls there is room for.
    const CAPACITY: u64 = N as u64 * CALLS;

    fn word(&self, index: u64) -> &AtomicU64 {
        &self.words[(index % N as u64) as usize]
    }

    /// Keeps the time of a failure. The caller commits (SYNC-RING).
    pub(crate) fn stamp(&self, tag: Tag, now: u64) {
        // ORDERING: Relaxed; the index only spreads the writers, the commit publishes (SYNC-RING).
        let index = self.head.fetch_add(1, Ordering::Relaxed);
        self.word(index).store(tag.over(now), Ordering::Relaxed);
    }

    /// At least `enough` failures are less than `window` ns old at `now`. One that is later than `now` counts, unless by
    /// more than the window (S6).
    pub(crate) fn stamps_reach(&self, enough: u32, tag: Tag, now: u64, window: u64) -> bool {
        // ORDERING: Relaxed; our own commit came before (SYNC-RING), and indices below the head are all there is.
        let written = (self.head.load(Ordering::Relaxed).min(N as u64)) as usize;
        // From one window before `now` (not itself) to one after it, both included: a range, whose length is one compare.
        let first = now.wrapping_sub(window).wrapping_add(1);
        let found = self.words[..written].iter().fold(0, |found, word| {
            // ORDERING: Relaxed; as above.
            found + u32::from(tag.distance(word.load(Ordering::Relaxed), first) < 2 * window)
        });
        found >= enough
    }

    /// Forgets failures that are no longer in the window, so that none is left by the time its short clock comes round
    /// again (13 days). Called at every roll of the ticks.
    pub(crate) fn sweep(&self, tag: Tag, now: u64, window: u64) {
        for word in &self.words {
            // ORDERING: Relaxed, both; an aged stamp counts for nothing, so it does not matter who sees it go.
            let stamp = word.load(Ordering::Relaxed);
            let (of, time) = Tag::split(stamp);
            if of == tag && short_difference(now, time) >= window as i64 {
                let _ = word.compare_exchange(stamp, 0, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
    }

    /// Keeps a call of a window of calls. The caller commits (SYNC-RING).
    pub(crate) fn call(&self, tag: Tag, failed: bool, slow: bool, is_current: impl Fn() -> bool) {
        self.rebase(tag, is_current);
        // ORDERING: Relaxed; `rebase` acquired the base, so this index is not below it (SYNC-BASE).
        let index = self.head.fetch_add(1, Ordering::Relaxed);
        let (word, shift) = (self.word(index / CALLS), index % CALLS * CALL_BITS);
        let value = Self::lap(index) | if failed { FAILED } else { 0 } | if slow { SLOW } else { 0 };
        // One xor replaces the four bits of the call that is displaced and leaves the neighbours' alone: they have
        // other writers, while this index is ours until the ring comes round again.
        // ORDERING: Relaxed; only this index's own bits are taken from it.
        let old = word.load(Ordering::Relaxed) >> shift & 0b1111;
        // ORDERING: Release, SYNC-LAP; the commit publishes to other judges (SYNC-RING).
        word.fetch_xor((old ^ value) << shift, Ordering::Release);
    }

    /// The last `length` calls under this tag. A call whose writer has its index but has not written yet is left out.
    /// None at all if others overtook every look: each of them looks, too.
    pub(crate) fn calls(&self, tag: Tag, length: u64) -> Counts {
        let length = length.min(Self::CAPACITY);
        for _ in 0..LOOKS {
            // ORDERING: Acquire, SYNC-BASE.
            let (of, base) = Tag::split(self.base.load(Ordering::Acquire));
            if of != tag {
                return Counts::default();
            }
            // ORDERING: Relaxed; our own commit came before (SYNC-RING).
            let head = self.head.load(Ordering::Relaxed);
            // What lies below the base does not count; a base beyond the head is no base of ours.
            let length = length.min(Self::short_index(head.wrapping_sub(base)));
            let counts = self.count(head.wrapping_sub(length), head);
            // ORDERING: Relaxed; a call that was met in a later round released its index (SYNC-LAP).
            let ahead = self.head.load(Ordering::Relaxed).wrapping_sub(head);
            if ahead <= Self::CAPACITY - length {
                return counts;
            }
        }
        Counts::default()
    }

    /// The calls from index `from` up to `to` that are of their round.
    fn count(&self, from: u64, to: u64) -> Counts {
        let (mut counts, mut index) = (Counts::default(), from);
        while index != to {
            let in_word = (CALLS - index % CALLS).min(to.wrapping_sub(index));
            // ORDERING: Acquire, SYNC-LAP.
            let word = self.word(index / CALLS).load(Ordering::Acquire) >> (index % CALLS * CALL_BITS);
            add(&mut counts, word, Self::lap(index), in_word);
            index = index.wrapping_add(in_word);
        }
        counts
    }

    /// Empties the window of calls if its base is of an earlier tag. A caller whose tag is no longer the current one
    /// changes nothing; if it becomes so after it asked, the CAS meets the later base, or the next call's replaces ours.
    fn rebase(&self, tag: Tag, is_current: impl Fn() -> bool) {
        // ORDERING: Acquire, SYNC-BASE.
        let word = self.base.load(Ordering::Acquire);
        if Tag::split(word).0 != tag && is_current() {
            // ORDERING: Relaxed; a base that is too low by the calls that are just being counted is an order of theirs.
            let head = self.head.load(Ordering::Relaxed);
            // ORDERING: AcqRel, SYNC-BASE. A failure means that somebody else published one.
            let _ = self.base.compare_exchange(word, tag.over(head), Ordering::AcqRel, Ordering::Acquire);
        }
    }

    /// Two bits that tell this round of the ring from the one before; never zero, as unwritten memory is.
    const fn lap(index: u64) -> u64 {
        index / Self::CAPACITY % 3 + 1
    }

    /// A distance as wide as the base's index.
    const fn short_index(distance: u64) -> u64 {
        distance & ((1 << 50) - 1)
    }
}

/// Adds the first `n` calls of `word`, as far as they are of this lap.
fn add(counts: &mut Counts, word: u64, lap: u64, n: u64) {
    let used = if n >= CALLS { EACH } else { EACH & ((1 << (n * CALL_BITS)) - 1) };
    let off = word ^ (lap * EACH);
    let present = !(off | off >> 1) & used;
    counts.calls += u64::from(present.count_ones());
    counts.failures += u64::from((word >> 2 & present).count_ones());
    counts.slow += u64::from((word >> 3 & present).count_ones());
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_last_calls_count_whatever_the_position() {
        let ring = Ring::<4>::new();
        let tag = Tag::new(1, 0);
        let mut all = Vec::new();
        for i in 0..1000_u64 {
            let (failed, slow) = (i % 3 == 0, i % 5 == 0);
            ring.call(tag, failed, slow, || true);
            all.push((failed, slow));
            for length in [1, 7, 16, 63, 64] {
                let last = &all[all.len().saturating_sub(length)..];
                let want = Counts {
                    calls: last.len() as u64,
                    failures: last.iter().filter(|c| c.0).count() as u64,
                    slow: last.iter().filter(|c| c.1).count() as u64,
                };
                assert_eq!(ring.calls(tag, length as u64), want, "call {i}, window {length}");
            }
        }
        assert_eq!(ring.calls(Tag::new(2, 0), 64), Counts::default());
        ring.call(Tag::new(2, 0), true, false, || true);
        ring.call(tag, true, false, || false); // an old tag does not take the window back
        assert_eq!(ring.calls(Tag::new(2, 0), 64).failures, 2);
    }

    #[test]
    fn stamps_count_while_younger_than_the_window() {
        let ring = Ring::<4>::new();
        let tag = Tag::new(1, 0);
        for now in [100, 200, 300] {
            ring.stamp(tag, now);
        }
        assert!(ring.stamps_reach(3, tag, 300, 201));
        assert!(!ring.stamps_reach(3, tag, 300, 200)); // the first is exactly 200 old
        assert!(ring.stamps_reach(3, tag, 100, 200)); // later than now by no more than the window
        assert!(!ring.stamps_reach(3, tag, 99, 200));
        assert!(!ring.stamps_reach(1, Tag::new(2, 0), 300, 201));
        ring.sweep(tag, 400, 200);
        assert!(ring.stamps_reach(1, tag, 300, 200) && !ring.stamps_reach(2, tag, 300, 500));
    }
}
