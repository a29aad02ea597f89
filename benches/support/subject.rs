//! Something that is measured.

use std::time::{Duration, Instant};

/// Does its work `n` times, tells how long that took, and panics unless all of it was really done.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    run: Box<dyn FnMut(u64) -> Duration>,
}

impl Subject {
    /// `run` starts and stops its own clock, and checks its counts outside of it.
    pub(crate) fn new(name: &'static str, run: impl FnMut(u64) -> Duration + 'static) -> Self {
        Self { name, run: Box::new(run) }
    }

    /// Several of a kind that take turns. Where a counter lies makes a difference: a CPU tells addresses apart by their
    /// low twelve bits first, and stalls where a breaker's counter has those of something else that the call reads.
    pub(crate) fn in_turn(name: &'static str, make: impl Fn(usize) -> Self) -> Self {
        let mut all: Vec<Self> = (0..PLACES).map(make).collect();
        let mut turn = 0;
        Self::new(name, move |n| {
            turn = (turn + 1) % PLACES;
            all[turn].run(n)
        })
    }

    pub(crate) fn run(&mut self, n: u64) -> Duration {
        (self.run)(n)
    }
}

/// How many take turns; odd, so that each is first in a round as often as second.
const PLACES: usize = 17;

/// Times `n` rounds of `work`: two readings of the clock, and a counter and a jump per round.
#[inline(always)]
pub(crate) fn time(n: u64, mut work: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..n {
        work();
    }
    start.elapsed()
}

/// Like [`time`] for work that goes well or not; panics unless it went well every time.
#[inline(always)]
pub(crate) fn time_all(name: &str, n: u64, mut work: impl FnMut() -> bool) -> Duration {
    let mut done = 0;
    let start = Instant::now();
    for _ in 0..n {
        done += u64::from(work());
    }
    let took = start.elapsed();
    // A copy is compared: of a variable whose address gets about, each round would store the count to memory, and the
    // next locked instruction would wait for that.
    assert_eq!({ done }, n, "{name}: not every round did its work");
    took
}
