//! The time of a limit that several hosts share: it passes as slowly as this host's share is small.
//!
//! A limiter whose limit is all its own lives in the clock's time. Of one that is shared this host has a part that changes
//! each second; so its word, its turns and its pauses live in a time that passes at that part of the clock's speed. What
//! was taken, and whose turn comes when, then follows every change of the share by itself: turns that are out come later
//! or sooner, and no unit is made or lost.
//!
//! A share is a *floor*, which the host has always, and what other hosts have *lent* it, until a deadline of the clock.
//! When that passes, the floor alone is left, whether anybody sees to it or not.
//!
//! Who changes a share draws a *line*: from when on, from which time on, how fast, until when. There are two of them, one
//! in force; the number of changes says which. Whoever is killed while drawing has drawn the other one.
//!
//! # Orderings
//! - SYNC-LINE: a line is written before the number is raised (Release), and read after a look at the number (Acquire).
//!   Each of its words is written with Release and read with Acquire: who reads one of a line that is being drawn anew sees
//!   in a second look at the number that it was raised meanwhile, for that comes before.

use crate::prim::{AtomicU64, Ordering};

/// All of a limit, in the millionths that shares are counted in.
pub(crate) const WHOLE: u32 = 1_000_000;

/// How often to look again for a line that is being drawn: they are, once a second.
const LOOKS: usize = 4;

/// A host's part of a limit, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// What it has always; not 0.
    pub(crate) floor: u32,
    /// What others have lent it; with the floor no more than all.
    pub(crate) lent: u32,
    /// How many hosts share the limit, and its burst, at most; not 0.
    pub(crate) hosts: u32,
}

/// A limiter's time.
#[repr(C)]
pub(crate) struct Pace {
    /// How often it was changed; 0: the limit is all this host's.
    changes: AtomicU64,
    lines: [Line; 2],
}

#[repr(C)]
struct Line {
    /// When it was drawn, ns of the clock.
    from: AtomicU64,
    /// What time it was then, ns.
    at: AtomicU64,
    /// When what is lent goes back, ns of the clock.
    until: AtomicU64,
    /// A [`Part`]: hosts, lent and floor, 20 bits each.
    part: AtomicU64,
}

/// The line in force.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    from: u64,
    at: u64,
    pub(crate) until: u64,
    pub(crate) part: Part,
}

const BITS: u32 = 20;
const MASK: u64 = (1 << BITS) - 1;

impl Part {
    fn word(self) -> u64 {
        u64::from(self.hosts) << (2 * BITS) | u64::from(self.lent) << BITS | u64::from(self.floor)
    }

    /// Whatever the word holds, it becomes a part.
    fn of(word: u64) -> Self {
        let [floor, lent, hosts] = [word, word >> BITS, word >> (2 * BITS)].map(|bits| (bits & MASK) as u32);
        let floor = floor.clamp(1, WHOLE);
        Self { floor, lent: lent.min(WHOLE - floor), hosts: hosts.max(1) }
    }

    /// What the host has at this time of the clock, if what is lent goes back then.
    pub(crate) fn share(self, until: u64, now: u64) -> u32 {
        if now < until { self.floor + self.lent } else { self.floor }
    }
}

impl Pace {
    #[cfg(any(test, loom))]
    pub(crate) fn new() -> Self {
        let zero = || AtomicU64::new(0);
        let line = || Line { from: zero(), at: zero(), until: zero(), part: zero() };
        Self { changes: zero(), lines: [line(), line()] }
    }

    /// The line in force; `None`: the limit is all this host's.
    #[inline]
    pub(crate) fn course(&self) -> Option<Course> {
        // ORDERING: Acquire, SYNC-LINE.
        let changes = self.changes.load(Ordering::Acquire);
        (changes > 0).then(|| self.read(changes))
    }

    #[cold]
    fn read(&self, mut changes: u64) -> Course {
        let mut looks = 0;
        loop {
            let Line { from, at, until, part } = &self.lines[(changes & 1) as usize];
            // ORDERING: Acquire, SYNC-LINE: before the second look.
            let [from, at, until, part] = [from, at, until, part].map(|word| word.load(Ordering::Acquire));
            // ORDERING: Acquire, SYNC-LINE.
            let seen = self.changes.load(Ordering::Acquire);
            looks += 1;
            if seen == changes || looks == LOOKS {
                return Course { from, at, until, part: Part::of(part) };
            }
            changes = seen;
        }
    }

    /// From `now` on this host has this part; what is lent, until then. False if somebody else changed it meanwhile.
    pub(crate) fn change(&self, part: Part, until: u64, now: u64) -> bool {
        // ORDERING: Acquire, SYNC-LINE; so the words below are written after the number that is seen here.
        let changes = self.changes.load(Ordering::Acquire);
        let at = Clocked { course: (changes > 0).then(|| self.read(changes)) }.time(now);
        let next = changes.wrapping_add(1).max(1);
        let line = &self.lines[(next & 1) as usize];
        for (word, value) in
            [(&line.from, now), (&line.at, at), (&line.until, until), (&line.part, part.word())]
        {
            // ORDERING: Release, SYNC-LINE.
            word.store(value, Ordering::Release);
        }
        // ORDERING: Release, SYNC-LINE.
        self.changes.compare_exchange(changes, next, Ordering::Release, Ordering::Relaxed).is_ok()
    }
}

/// A limiter's time beside the clock's, at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clocked {
    pub(crate) course: Option<Course>,
}

impl Clocked {
    /// The limiter's time when it is `now` by the clock.
    #[inline]
    pub(crate) fn time(&self, now: u64) -> u64 {
        let Some(Course { from, at, until, part }) = self.course else { return now };
        let ahead = now.min(until).saturating_sub(from);
        let after = now.saturating_sub(from.max(until));
        let passed = scale(ahead, part.floor + part.lent, WHOLE) + scale(after, part.floor, WHOLE);
        at.saturating_add(passed)
    }

    /// How long by the clock until so much of the limiter's time has passed, if its share stays as it is; rounded up.
    #[inline]
    pub(crate) fn real(&self, duration: u64, now: u64) -> u64 {
        let Some(course) = self.course else { return duration };
        let share = u128::from(course.part.share(course.until, now));
        let real = (u128::from(duration) * u128::from(WHOLE)).div_ceil(share);
        u64::try_from(real).unwrap_or(u64::MAX)
    }

    /// How much of the limiter's time passes in so long by the clock, if its share stays as it is.
    #[inline]
    pub(crate) fn own(&self, duration: u64, now: u64) -> u64 {
        let Some(course) = self.course else { return duration };
        if duration == u64::MAX {
            return duration;
        }
        scale(duration, course.part.share(course.until, now), WHOLE)
    }
}

/// `value * num / den`, for `num <= den`.
fn scale(value: u64, num: u32, den: u32) -> u64 {
    (u128::from(value) * u128::from(num) / u128::from(den)) as u64
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;
    const T0: u64 = 1000 * S;

    fn clocked(pace: &Pace) -> Clocked {
        Clocked { course: pace.course() }
    }

    #[test]
    fn alone_it_is_the_clock_s_time() {
        let clock = clocked(&Pace::new());
        assert_eq!((clock.time(T0), clock.real(S, T0), clock.own(S, T0)), (T0, S, S));
    }

    #[test]
    fn it_passes_as_fast_as_the_share_and_goes_on_from_where_it_was() {
        let pace = Pace::new();
        assert!(pace.change(Part { floor: 100_000, lent: 400_000, hosts: 10 }, T0 + 4 * S, T0));
        let clock = clocked(&pace);
        assert_eq!([0, 2, 4, 6].map(|s| clock.time(T0 + s * S) - T0), [0, S, 2 * S, 2 * S + S / 5]);
        assert_eq!((clock.real(S, T0), clock.real(S, T0 + 4 * S)), (2 * S, 10 * S));
        assert_eq!(
            (clock.own(S, T0), clock.own(S, T0 + 4 * S), clock.own(u64::MAX, T0)),
            (S / 2, S / 10, u64::MAX)
        );

        let before = clock.time(T0 + 6 * S);
        assert!(pace.change(Part { floor: WHOLE, lent: 0, hosts: 1 }, 0, T0 + 6 * S));
        assert_eq!([6, 7].map(|s| clocked(&pace).time(T0 + s * S)), [before, before + S]);
    }

    #[test]
    fn whatever_memory_holds_is_a_share() {
        let words = [0, 1, T0, u64::MAX / 2, u64::MAX];
        for changes in [1, 2, u64::MAX] {
            for (i, word) in words.iter().enumerate() {
                for other in words {
                    let pace = Pace::new();
                    pace.changes.store(changes, Ordering::Relaxed);
                    let values = [*word, other, words[(i + 1) % words.len()], other ^ word];
                    for line in &pace.lines {
                        let all = [&line.from, &line.at, &line.until, &line.part];
                        all.iter().zip(values).for_each(|(at, value)| at.store(value, Ordering::Relaxed));
                    }
                    for now in [0, T0, u64::MAX] {
                        let clock = clocked(&pace);
                        let course = clock.course.unwrap();
                        assert!((1..=WHOLE).contains(&course.part.share(course.until, now)));
                        let _ = (clock.time(now), clock.real(u64::MAX, now), clock.own(u64::MAX - 1, now));
                        pace.change(Part { floor: 1, lent: 0, hosts: 2 }, now, now);
                    }
                }
            }
        }
    }
}
