//! Numbers by which what a process holds can be told from what others hold, also from one that had its place before.
//!
//! A process that has a segment open holds the lock of one byte (`presence`), and a place in this table with it. Whoever
//! takes a place raises its number, so holdings of an earlier process there are not taken for its own, and nobody asks
//! process ids, which repeat and mean nothing across containers.

use crate::prim::{AtomicU32, Ordering};

/// How many processes can be told apart; more are not counted, and what they hold is not taken back.
pub(super) const MOST: usize = 4095;

/// Bits of a number that its place's incarnation has; the place, counted from 1, has those above.
const INCARNATION_BITS: u32 = 20;
const INCARNATIONS: u32 = 1 << INCARNATION_BITS;

/// How often each place was taken.
#[repr(C)]
pub(super) struct Crew([AtomicU32; MOST + 1]);

/// Who holds something; never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member(u32);

impl Crew {
    /// For who has just taken the lock of this place.
    pub(super) fn sign_on(&self, place: usize) -> Member {
        // ORDERING: Relaxed; the lock orders those who take a place, and others compare the number with itself.
        let incarnation = self.0[place % MOST].fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        Member(((place as u32 + 1) << INCARNATION_BITS) | (incarnation % INCARNATIONS))
    }

    /// This place is another's by now.
    pub(super) fn has_left(&self, member: Member, place: usize) -> bool {
        // ORDERING: Relaxed; as above.
        self.0[place % MOST].load(Ordering::Relaxed) % INCARNATIONS != member.0 % INCARNATIONS
    }
}

impl Member {
    /// One without a place: `tag` is the same for all that it holds.
    pub(super) fn without_place(tag: u32) -> Self {
        Self(tag % (INCARNATIONS - 1) + 1)
    }

    /// From a word of a cell; 0 is nobody.
    pub(crate) fn from_word(word: u32) -> Self {
        Self(word)
    }

    pub(crate) fn word(self) -> u32 {
        self.0
    }

    /// Its place, if it has one.
    pub(super) fn place(self) -> Option<usize> {
        ((self.0 >> INCARNATION_BITS) as usize).checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_taken_again_is_another_member() {
        let crew = Crew(std::array::from_fn(|_| AtomicU32::new(0)));
        let first = crew.sign_on(MOST - 1);
        assert_eq!((first.place(), crew.has_left(first, MOST - 1)), (Some(MOST - 1), false));
        let second = crew.sign_on(MOST - 1);
        assert!(first != second && crew.has_left(first, MOST - 1) && !crew.has_left(second, MOST - 1));
        for tag in [0, 1, u32::MAX] {
            let without = Member::without_place(tag);
            assert!(without.place().is_none() && without.word() != 0);
        }
    }
}
