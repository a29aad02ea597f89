//! The bits of the state word. No mask or shift outside this file.
//!
//! ```text
//!  63                                   23 22      17 16         3 2    0
//! |                payload                |   step   | generation | mode |
//!   open:             deadline in ms, 41
//!   closed/observing: armed 1, would_trip 1
//!   half-open:        in flight 8, succeeded 8, failed 8, slow 8, probed 1
//! ```

use crate::config::Counts;
use crate::outcome::Mode;
use std::fmt;

/// A range of bits; each is placed behind another by const, so none can overlap by mistake.
#[derive(Clone, Copy)]
struct Bits {
    shift: u32,
    width: u32,
}

impl Bits {
    const fn first(width: u32) -> Self {
        Self { shift: 0, width }
    }

    const fn then(self, width: u32) -> Self {
        Self { shift: self.shift + self.width, width }
    }

    const fn max(self) -> u64 {
        (1 << self.width) - 1
    }

    const fn get(self, word: u64) -> u64 {
        (word >> self.shift) & self.max()
    }

    /// `word` with this range set to `value`, or to its maximum if `value` does not fit.
    const fn set(self, word: u64, value: u64) -> u64 {
        let value = if value > self.max() { self.max() } else { value };
        (word & !(self.max() << self.shift)) | (value << self.shift)
    }
}

const MODE: Bits = Bits::first(3);
const GENERATION: Bits = MODE.then(14);
const STEP: Bits = GENERATION.then(6);
const PAYLOAD: Bits = STEP.then(41);

const DEADLINE_MS: Bits = STEP.then(41);
const ARMED: Bits = STEP.then(1);
const WOULD_TRIP: Bits = ARMED.then(1);
const IN_FLIGHT: Bits = STEP.then(8);
const SUCCEEDED: Bits = IN_FLIGHT.then(8);
const FAILED: Bits = SUCCEEDED.then(8);
const SLOW: Bits = FAILED.then(8);
const PROBED: Bits = SLOW.then(1);

/// The width of a permit's time of admission, which fills what the generation leaves.
const PERMIT_TIME: Bits = Bits::first(64 - GENERATION.width);
const PERMIT_GENERATION: Bits = PERMIT_TIME.then(GENERATION.width);

const _: () = assert!(PAYLOAD.shift + PAYLOAD.width == 64);
const _: () = assert!(PROBED.shift < 64 && PERMIT_GENERATION.shift + PERMIT_GENERATION.width == 64);

/// A snapshot of the state word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(u64);

impl State {
    /// A fresh breaker: closed, first generation, to be judged at its first record.
    pub(crate) const FRESH: Self = Self(GENERATION.set(0, 1)).enter_as(Mode::Closed);

    pub(crate) const fn from_word(word: u64) -> Self {
        Self(word)
    }

    pub(crate) const fn word(self) -> u64 {
        self.0
    }

    /// Bit patterns that name no mode read as closed: a breaker is never the reason that a call fails.
    pub(crate) fn mode(self) -> Mode {
        Mode::from_number(MODE.get(self.0) as u32).unwrap_or(Mode::Closed)
    }

    pub(crate) const fn is_closed(self) -> bool {
        MODE.get(self.0) == Mode::Closed as u64
    }

    /// Open, with its deadline still to come.
    #[inline(always)]
    pub(crate) const fn is_open_at(self, now: u64) -> bool {
        MODE.get(self.0) == Mode::Open as u64 && now < self.deadline_ns()
    }

    /// When an open breaker lets the next call try, in ns.
    pub(crate) const fn deadline_ns(self) -> u64 {
        self.deadline_ms().saturating_mul(1_000_000)
    }

    pub(crate) const fn generation(self) -> u16 {
        GENERATION.get(self.0) as u16
    }

    pub(crate) const fn step(self) -> u8 {
        STEP.get(self.0) as u8
    }

    pub(crate) const fn with_step(self, step: u8) -> Self {
        Self(STEP.set(self.0, step as u64))
    }

    /// The step of the next opening; it stops at 63.
    pub(crate) const fn next_step(self) -> u8 {
        if self.step() as u64 == STEP.max() { self.step() } else { self.step() + 1 }
    }

    /// The state after entering `mode` (S2): next generation, payload empty. Entering closed forgets the backoff;
    /// closed and observing start armed, so that the first record opens the window.
    pub(crate) const fn enter(self, mode: Mode) -> Self {
        let next =
            if self.generation() as u64 == GENERATION.max() { 1 } else { self.generation() as u64 + 1 };
        Self(GENERATION.set(self.0, next)).enter_as(mode)
    }

    const fn enter_as(self, mode: Mode) -> Self {
        let word = PAYLOAD.set(MODE.set(self.0, mode as u64), 0);
        match mode {
            Mode::Closed => Self(ARMED.set(STEP.set(word, 0), 1)),
            Mode::Observing => Self(ARMED.set(word, 1)),
            _ => Self(word),
        }
    }

    pub(crate) const fn deadline_ms(self) -> u64 {
        DEADLINE_MS.get(self.0)
    }

    pub(crate) const fn with_deadline_ms(self, ms: u64) -> Self {
        Self(DEADLINE_MS.set(self.0, ms))
    }

    pub(crate) const fn armed(self) -> bool {
        ARMED.get(self.0) != 0
    }

    pub(crate) const fn would_trip(self) -> bool {
        WOULD_TRIP.get(self.0) != 0
    }

    pub(crate) const fn with_flags(self, armed: bool, would_trip: bool) -> Self {
        Self(WOULD_TRIP.set(ARMED.set(self.0, armed as u64), would_trip as u64))
    }

    pub(crate) const fn in_flight(self) -> u8 {
        IN_FLIGHT.get(self.0) as u8
    }

    pub(crate) const fn succeeded(self) -> u8 {
        SUCCEEDED.get(self.0) as u8
    }

    pub(crate) const fn failed(self) -> u8 {
        FAILED.get(self.0) as u8
    }

    pub(crate) const fn slow(self) -> u8 {
        SLOW.get(self.0) as u8
    }

    /// The results of this half-open episode.
    pub(crate) fn episode(self) -> Counts {
        Counts { calls: self.recorded().into(), failures: self.failed().into(), slow: self.slow().into() }
    }

    /// Results that are in.
    pub(crate) const fn recorded(self) -> u16 {
        self.succeeded() as u16 + self.failed() as u16
    }

    /// A probe of this episode was admitted before, so that the interval applies to the next.
    pub(crate) const fn probed(self) -> bool {
        PROBED.get(self.0) != 0
    }

    pub(crate) const fn with_probe(self) -> Self {
        Self(PROBED.set(IN_FLIGHT.set(self.0, self.in_flight() as u64 + 1), 1))
    }

    /// A probe came back; a permit given back twice stops at zero (S3).
    pub(crate) const fn without_probe(self) -> Self {
        Self(IN_FLIGHT.set(self.0, self.in_flight().saturating_sub(1) as u64))
    }

    pub(crate) const fn with_result(self, failed: bool, slow: bool) -> Self {
        let word = if failed {
            FAILED.set(self.0, self.failed() as u64 + 1)
        } else {
            SUCCEEDED.set(self.0, self.succeeded() as u64 + 1)
        };
        if slow { Self(SLOW.set(word, self.slow() as u64 + 1)) } else { Self(word) }
    }

    /// The permit of a call admitted now in this generation (S3). Generations start at 1, so a permit is never 0 nor
    /// [`Permit::PASS`].
    pub(crate) const fn permit(self, now: u64) -> Permit {
        Permit((self.0 >> GENERATION.shift) << PERMIT_GENERATION.shift | (now & PERMIT_TIME.max()))
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("State");
        out.field("mode", &self.mode()).field("generation", &self.generation()).field("step", &self.step());
        match self.mode() {
            Mode::Open => out.field("deadline_ms", &self.deadline_ms()),
            Mode::HalfOpen => out
                .field("in_flight", &self.in_flight())
                .field("succeeded", &self.succeeded())
                .field("failed", &self.failed())
                .field("slow", &self.slow())
                .field("probed", &self.probed()),
            Mode::Closed | Mode::Observing => {
                out.field("armed", &self.armed()).field("would_trip", &self.would_trip())
            }
            Mode::ForcedOpen | Mode::Disabled => &mut out,
        };
        out.finish()
    }
}

/// The token of an admitted call: generation and time of admission (S3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Permit(u64);

impl Permit {
    /// Stands for a call that goes without a breaker and is recorded nowhere.
    pub(crate) const PASS: Self = Self(1);

    pub(crate) const fn from_word(word: u64) -> Self {
        Self(word)
    }

    pub(crate) const fn word(self) -> u64 {
        self.0
    }

    pub(crate) const fn generation(self) -> u16 {
        PERMIT_GENERATION.get(self.0) as u16
    }

    /// The state word of a closed breaker of this permit's generation in which nothing is armed: what the fast path of
    /// a record compares the word with.
    pub(crate) const fn calm_word(self) -> u64 {
        (self.0 >> PERMIT_GENERATION.shift) << GENERATION.shift
    }

    /// Time since admission in ns, 0 if `now` is earlier (S12). Exact up to 6.5 days.
    pub(crate) const fn duration(self, now: u64) -> u64 {
        let difference = short_difference(now, self.0);
        if difference < 0 { 0 } else { difference as u64 }
    }

    /// The same, but longer than anything that can be configured if `now` is earlier: for a record that looks closer at
    /// what is not short.
    pub(crate) const fn age(self, now: u64) -> u64 {
        short_difference(now, self.0) as u64
    }
}

/// `later - earlier` of two times of which only the low 50 bits count, within +-6.5 days.
pub(crate) const fn short_difference(later: u64, earlier: u64) -> i64 {
    const UNUSED: u32 = 64 - PERMIT_TIME.width;
    (later.wrapping_sub(earlier) << UNUSED) as i64 >> UNUSED
}

/// A tag of a window's words: as wide as a generation, in the upper bits, above a time as short as a permit's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tag(u16);

impl Tag {
    pub(crate) const BITS: u32 = GENERATION.width;

    /// Changes with every generation and with every reconfiguration of the window (S6, S11).
    pub(crate) const fn new(generation: u16, epoch: u32) -> Self {
        Self::wrap(generation as u64 + epoch as u64)
    }

    const fn wrap(n: u64) -> Self {
        Self((n & GENERATION.max()) as u16)
    }

    /// The tag of a word, and the rest of it.
    pub(crate) const fn split(word: u64) -> (Self, u64) {
        (Self::wrap(PERMIT_GENERATION.get(word)), PERMIT_TIME.get(word))
    }

    /// This tag over the low 50 bits of `rest`.
    pub(crate) const fn over(self, rest: u64) -> u64 {
        (self.0 as u64) << PERMIT_TIME.width | (rest & PERMIT_TIME.max())
    }

    /// How much later than `from` the time of a word is, from 0 to 13 days; farther than that if its tag is another one.
    /// Turned so that the tag comes below the time, one subtraction compares both and wraps where the time does.
    pub(crate) const fn distance(self, word: u64, from: u64) -> u64 {
        let turned = word.rotate_left(Self::BITS).wrapping_sub(self.over(from).rotate_left(Self::BITS));
        turned.rotate_right(Self::BITS)
    }

    pub(crate) const fn number(self) -> u64 {
        self.0 as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_disjoint_and_complete() {
        let mask = |b: Bits| b.max() << b.shift;
        let parts = [MODE, GENERATION, STEP, PAYLOAD];
        assert_eq!(parts.iter().fold(0, |all, &b| all | mask(b)), u64::MAX);
        assert_eq!(parts.iter().map(|b| b.width).sum::<u32>(), 64);
        for payload in
            [&[DEADLINE_MS][..], &[ARMED, WOULD_TRIP], &[IN_FLIGHT, SUCCEEDED, FAILED, SLOW, PROBED]]
        {
            for (i, &a) in payload.iter().enumerate() {
                assert_eq!(mask(a) & !mask(PAYLOAD), 0);
                assert!(payload[i + 1..].iter().all(|&b| mask(a) & mask(b) == 0));
            }
        }
    }

    #[test]
    fn generations_skip_zero_and_counts_saturate() {
        let last = State(GENERATION.set(0, GENERATION.max()));
        assert_eq!(last.enter(Mode::Open).generation(), 1);
        let mut state = State::FRESH.enter(Mode::HalfOpen);
        for _ in 0..300 {
            state = state.with_result(true, true).with_probe();
        }
        assert_eq!((state.failed(), state.slow(), state.in_flight(), state.succeeded()), (255, 255, 255, 0));
        assert_eq!((state.mode(), state.generation()), (Mode::HalfOpen, 2));
    }

    #[test]
    fn a_permit_keeps_its_duration_across_the_wrap_of_its_clock() {
        let admitted = PERMIT_TIME.max() - 5;
        let permit = State::FRESH.permit(admitted);
        assert_eq!(permit.generation(), 1);
        assert_eq!(permit.duration(admitted + 100), 100);
        assert_eq!(permit.duration(admitted - 1), 0);
        assert_eq!(permit.calm_word(), State::FRESH.with_flags(false, false).word());
    }

    #[test]
    fn a_tag_changes_with_generation_and_epoch_and_splits_again() {
        let (old, new) = (Tag::new(16_383, 0), Tag::new(16_383, 1));
        assert_ne!(old, new);
        assert_eq!(Tag::split(new.over(77)), (new, 77));
        for (from, to) in [(5_u64, 5_u64), (5, 82), (PERMIT_TIME.max(), 3), (1 << 49, 0)] {
            let distance = PERMIT_TIME.get(to.wrapping_sub(from));
            assert_eq!(new.distance(new.over(to), from), distance);
            assert!(new.distance(old.over(to), from) > PERMIT_TIME.max());
            assert!(old.distance(new.over(to), from) > PERMIT_TIME.max());
        }
    }
}
