//! S14: every transition is one event; a reader gets each once, in order and whole, or is told that it missed it.
//!
//! The writers' time tells which breaker they work on and is never the same twice, so that an event put together from
//! two would show.

use crate::arena::{Arena, BOTH, Kind, Own, at, times};
use crate::crowd::{self, Crowd};
use holysheep_cb::{Breaker, Config, Event, EventReader, Mode, Reason, Segment};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const BREAKERS: u64 = 4;
const KEPT: u64 = 1024;

/// What a reader saw.
#[derive(Default)]
struct Seen {
    events: u64,
    last: u64,
    longest_gap: u64,
}

impl Seen {
    fn take(&mut self, event: &Event) {
        assert!(event.sequence > self.last, "event {} after {}", event.sequence, self.last);
        self.longest_gap = self.longest_gap.max(event.sequence - self.last - 1);
        (self.events, self.last) = (self.events + 1, event.sequence);
        assert_eq!(event.breaker, name(event.time_ns % BREAKERS), "an event of two writers: {event:?}");
        assert_eq!((event.pid, event.reason), (std::process::id(), Reason::Operator));
        let possible = matches!(
            (event.from, event.to),
            (Mode::Closed, Mode::Open | Mode::Observing)
                | (Mode::Open | Mode::Observing | Mode::ForcedOpen, Mode::Closed)
                | (Mode::Open | Mode::Observing, Mode::ForcedOpen)
                | (Mode::ForcedOpen | Mode::Observing, Mode::Open)
                | (Mode::Open | Mode::ForcedOpen, Mode::Observing)
                | (Mode::Closed, Mode::ForcedOpen)
        );
        assert!(possible, "{event:?}");
    }
}

/// One of four, with a name as long as names get.
fn name(number: u64) -> String {
    format!("{number}-{}", "ü".repeat(62))
}

/// Reads until the writers are done and nothing is left; a slow reader dawdles.
fn read(mut events: EventReader, slow: bool, done: &AtomicBool) -> (Seen, EventReader) {
    let mut seen = Seen::default();
    loop {
        let all = done.load(Ordering::SeqCst);
        let mut batch = 0;
        for event in events.by_ref() {
            seen.take(&event);
            batch += 1;
            if slow && batch % 100 == 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        if all {
            return (seen, events);
        }
        let _ = events.wait(Duration::from_millis(20));
    }
}

/// Reads the oldest event that is kept, and again, for that is the one that is overwritten next; how many it saw.
fn read_oldest(segment: &Segment, done: &AtomicBool) -> u64 {
    let mut events = 0;
    while !done.load(Ordering::SeqCst) {
        for event in segment.events_from(0).take(20) {
            Seen::default().take(&event);
            events += 1;
        }
    }
    events
}

/// A writer's command, at a time that nobody else has.
fn command(breakers: &[Breaker<Own>], clock: &AtomicU64, number: u64) {
    let now = clock.fetch_add(1, Ordering::Relaxed) * BREAKERS + number;
    at(now);
    let breaker = &breakers[number as usize];
    match now / BREAKERS % 7 {
        0 | 4 => breaker.trip(),
        2 => breaker.observe(),
        6 => breaker.force_open(),
        _ => breaker.reset(),
    }
}

fn storm(kind: Kind, commands: u64) {
    let arena = Arena::new(kind);
    let breakers: Vec<_> = (0..BREAKERS).map(|i| arena.breaker(&name(i), Config::new())).collect();
    let (clock, done) = (AtomicU64::new(1), AtomicBool::new(false));
    let threads = crowd::size();
    let (crowd, readers) = std::thread::scope(|scope| {
        let reader = |slow| {
            let (events, done) = (arena.segment.events_from(1), &done);
            scope.spawn(move || read(events, slow, done))
        };
        let readers = [reader(false), reader(true)];
        let oldest = scope.spawn(|| read_oldest(&arena.segment, &done));
        let (crowd, _) = Crowd::run(threads, |me, crowd| {
            for i in 0..commands / threads as u64 {
                crowd.meet(|| command(&breakers, &clock, (me as u64 + i) % BREAKERS));
            }
        });
        done.store(true, Ordering::SeqCst);
        assert!(oldest.join().expect("the reader of the oldest") > 0);
        (crowd, readers.map(|reader| reader.join().expect("a reader")))
    });
    for (seen, events) in &readers {
        assert_eq!(seen.events + events.missed(), seen.last, "each event is seen or missed");
        assert!(seen.events > 0);
    }
    assert!(crowd.met() > commands / 1000, "commands met {} times only: no contention", crowd.met());
    assert_at_rest(&arena.segment, &breakers, &readers.map(|(seen, _)| seen.last), threads as u64);
}

/// As many events as transitions; the last 1024 are there, but for those that a writer tore which was stopped for a
/// whole round of the ring.
fn assert_at_rest(segment: &Segment, breakers: &[Breaker<Own>], ends: &[u64], threads: u64) {
    let mut kept = Seen::default();
    let all: Vec<_> = segment.events_from(0).inspect(|event| kept.take(event)).collect();
    assert!(ends.iter().all(|&end| end == kept.last), "readers ended at {ends:?} of {}", kept.last);
    assert!(kept.events + threads >= KEPT.min(kept.last), "{} of the last {KEPT} are left", kept.events);
    let (opened, closed) = breakers.iter().fold((0, 0), |(opened, closed), breaker| {
        let totals = breaker.snapshot().totals;
        (opened + totals.opened, closed + totals.closed)
    });
    // Transitions to forced-open and observing have no total, but each goes between others.
    assert!(kept.last >= opened + closed && opened > 0 && closed > 0, "{opened}, {closed}, {}", kept.last);
    let share = |mode: Mode| all.iter().filter(|event| event.to == mode).count() as u64;
    assert!(share(Mode::ForcedOpen) > 0 && share(Mode::Observing) > 0);
    assert!(all.iter().all(|event| event.sequence + KEPT > kept.last));
}

#[test]
fn events_are_seen_once_whole_and_in_order_or_missed() {
    for kind in BOTH {
        storm(kind, 400_000 * times());
    }
}
