//! What the killed processes do: open or create the segment, open breakers, admit, record, reopen, operate, look. Each
//! says what it is about to do and what it has done in words that outlive it.

use crate::kit::{Fork, shared_words, small};
use holysheep_cb::{Breaker, Config, ErrorKind, Permit, Segment, SegmentOptions, Window};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many breakers there are, and room for.
pub(crate) const NAMES: u64 = 24;
/// Left alone for so long, any of these breakers is beyond its opening and its lease.
pub(crate) const WAIT: Duration = Duration::from_millis(60);

/// A name from short to as long as names get.
pub(crate) fn name(number: u64) -> String {
    format!("{number:03}-{}", "n".repeat((number as usize * 41) % 124))
}

/// Everything that has a time is short; some breakers look at calls instead of time, some give a rate verdict.
pub(crate) fn config(number: u64) -> Config {
    let config = Config::new()
        .failure_threshold(4)
        .failure_rate(0.2)
        .consecutive_failures(6)
        .window_length(Duration::from_millis(40))
        .open(Duration::from_millis(2))
        .open_backoff(1.5)
        .open_max(Duration::from_millis(20))
        .half_open_max_calls(2)
        .success_threshold(2)
        .probe_lease(Duration::from_millis(5));
    match number % 4 {
        0 => config,
        1 => config.window(Window::Calls).window_calls(50),
        2 => config.half_open_verdict(holysheep_cb::Verdict::Rate),
        _ => config.half_open_max(Duration::from_millis(30)).half_open_max_concurrent(1),
    }
}

/// Room for all names and no more: a lost slot shows as a name that finds none.
pub(crate) fn options() -> SegmentOptions {
    small(NAMES as u32)
}

/// What was begun and what was done, by all workers together.
#[derive(Clone, Copy)]
pub(crate) struct Deeds(&'static [AtomicU64]);

#[derive(Clone, Copy)]
pub(crate) enum Deed {
    AdmitBegun,
    Admitted,
    Rejected,
    RecordBegun,
    Recorded,
    Opened,
}

impl Deeds {
    pub(crate) fn new() -> Self {
        Self(shared_words(8))
    }

    fn count(self, deed: Deed) {
        self.0[deed as usize].fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn get(self, deed: Deed) -> u64 {
        self.0[deed as usize].load(Ordering::SeqCst)
    }
}

/// A small random generator (xorshift64*), seeded so that a run can be repeated as far as the scheduler lets it.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % n
    }
}

/// A worker of `rounds` openings of the segment; `u64::MAX` for one that only a kill ends.
pub(crate) fn start(segment: &'static str, seed: u64, rounds: u64, deeds: Deeds) -> Fork {
    Fork::run(move || {
        // SAFETY: this process steps behind who kills it, or that one would seldom get a core.
        unsafe { libc::nice(5) };
        let mut random = Random::new(seed);
        for _ in 0..rounds {
            let segment = options().open(segment).expect("the segment opens");
            for _ in 0..1 + random.below(4) {
                let number = random.below(NAMES);
                open_and_use(&segment, number, &mut random, deeds);
                // Who wakes up stops another at any instruction, which may be that one's last.
                std::thread::sleep(Duration::from_nanos(random.below(400_000)));
            }
        }
    })
}

fn open_and_use(segment: &Segment, number: u64, random: &mut Random, deeds: Deeds) {
    let breaker = Breaker::builder()
        .segment(segment)
        .config(config(number))
        .open(&name(number))
        .expect("a breaker opens");
    deeds.count(Deed::Opened);
    let mut held = None;
    for _ in 0..random.below(40) {
        match random.below(32) {
            0 => operate(&breaker, random),
            1 => breaker.configure(&config(number)).expect("a valid configuration"),
            2 => look(segment, &breaker),
            choice => {
                deeds.count(Deed::AdmitBegun);
                let answer = breaker.admit();
                deeds.count(if answer.is_ok() { Deed::Admitted } else { Deed::Rejected });
                // One permit stays out while another call goes on.
                if let Some(permit) = std::mem::replace(&mut held, answer.ok()) {
                    record(permit, choice, deeds);
                }
            }
        }
    }
    if let Some(permit) = held {
        record(permit, 31, deeds);
    }
}

fn record(permit: Permit<'_>, choice: u64, deeds: Deeds) {
    deeds.count(Deed::RecordBegun);
    match choice {
        3..12 => permit.failure(),
        12 => permit.throttled(Duration::from_millis(1)),
        13..15 => permit.ignore(),
        15 => permit.success_after(Duration::from_secs(1)),
        _ => permit.success(),
    }
    deeds.count(Deed::Recorded);
}

fn operate(breaker: &Breaker, random: &mut Random) {
    match random.below(4) {
        0 => breaker.reset(),
        1 => breaker.trip(),
        2 => breaker.trip_for(Duration::from_millis(random.below(3))),
        _ => assert!(breaker.half_open().map_or_else(|error| error.kind() == ErrorKind::Mode, |()| true)),
    }
}

fn look(segment: &Segment, breaker: &Breaker) {
    let _ = (breaker.snapshot(), breaker.latency(0.5), breaker.would_admit(), breaker.retry_after());
    let known = segment.names();
    assert!(known.len() <= NAMES as usize && known.iter().any(|n| n == breaker.name()), "{known:?}");
    assert!(segment.events_from(0).take(2000).all(|event| event.sequence > 0));
}
