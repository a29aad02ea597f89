//! A process is stopped at each instruction that changed something, another does the same or worse, and then the first
//! goes on: it overwrites nothing, nothing happens twice, and nothing is lost.

use crate::acts::{Act, NAME, START, acts, call, calls, keep, ledger, moves, plain, prepare};
use crate::child::{self, directory, times};
use crate::kit::{MS, Own, assert_works, at, shared_words, small, timed};
use crate::trace::{At, Memory, Traced, stay_on_one_core};
use holysheep_cb::{Breaker, ErrorKind, Mode, Segment, Snapshot};
use std::sync::atomic::Ordering;
use std::time::Duration;

const FILE: &str = "stop";
/// Any of these breakers is beyond its opening, its lease and its window.
const WAIT: Duration = Duration::from_secs(100);

#[test]
fn a_stopped_process_goes_on_later() {
    let text = child::play("stop");
    print!("{text}");
    if let Some(why) = text.lines().find_map(|line| line.split_once("cannot: ")) {
        child::cannot_run(why.1);
    }
}

/// What the other process does meanwhile.
type Rival = (&'static str, fn(&Act, &Breaker<Own>));

const RIVALS: [Rival; 4] = [
    ("the same", |act, breaker| (act.run)(breaker)),
    ("a success", |_, breaker| call(breaker, |permit| permit.success())),
    ("reset", |_, breaker| breaker.reset()),
    ("a whole cycle", |_, breaker| {
        breaker.trip();
        at(START + 80 * MS);
        keep(breaker);
        at(START + 100 * MS);
        call(breaker, |permit| permit.success());
        call(breaker, |permit| permit.success());
    }),
];

pub(crate) fn role() {
    if Traced::new(|| {}).map(Traced::kill).is_err() {
        return println!("\ncannot: trace a child");
    }
    stay_on_one_core();
    for act in acts() {
        let (stops, mut stopped) = (stops_of(&act), 0);
        for (i, &stop) in stops.iter().enumerate() {
            // Each place meets one rival; in a soak, all of them.
            let rivals = if times() > 1 { &RIVALS[..] } else { &RIVALS[i % RIVALS.len()..][..1] };
            stopped += rivals.iter().map(|&rival| stop_act(&act, rival, stop)).sum::<usize>();
        }
        println!("{}: stopped {stopped} times at {} places", act.name, stops.len());
        assert!(stops.len() > 2 && stopped * 2 > stops.len(), "{} was not followed", act.name);
    }
    let (segment, memory) = (small(3).open(FILE).expect("the segment"), directory().join(FILE));
    at(START);
    let stops = changes(|| drop(timed(&segment, NAME, plain())), Memory::of(&memory));
    drop(segment);
    std::fs::remove_file(memory).expect("removed");
    for &stop in &stops {
        stop_opener(stop);
        std::fs::remove_file(directory().join(FILE)).expect("removed");
    }
    println!("open: stopped at {} places", stops.len());
    assert!(stops.len() > 20);
}

/// After how many instructions the memory has changed: before the first one, and after each that did it.
fn changes(run: impl FnOnce(), mut memory: Memory) -> Vec<u64> {
    let child = Traced::new(run).expect("traced as before");
    let (mut steps, mut stops) = (0, vec![0]);
    while child.step() == At::Within {
        steps += 1;
        if memory.changed() {
            stops.push(steps);
        }
    }
    child.kill();
    stops
}

fn stops_of(act: &Act) -> Vec<u64> {
    // Once for what happens once per process only.
    (act.run)(&prepare(FILE, act).1);
    std::fs::remove_file(directory().join(FILE)).expect("removed");
    let (segment, breaker) = prepare(FILE, act);
    let path = segment.path().expect("a file");
    let stops = changes(|| (act.run)(&breaker), Memory::of(&path));
    std::fs::remove_file(path).expect("removed");
    stops
}

/// A child that stands so many instructions behind the beginning of what it runs; `None` if that is over before, for
/// a process takes a few instructions less once its caches are warm.
fn stopped_in(run: impl FnOnce(), stop: u64) -> Option<Traced> {
    let child = Traced::new(run).expect("traced as before");
    for _ in 0..stop {
        if child.step() == At::Over {
            child.kill();
            return None;
        }
    }
    Some(child)
}

/// The act is stopped, the rival runs, the act goes on; how often that worked out.
fn stop_act(act: &Act, rival: Rival, stop: u64) -> usize {
    let (segment, breaker) = prepare(FILE, act);
    let (before, booked) = (breaker.snapshot(), ledger());
    let child = stopped_in(|| (act.run)(&breaker), stop);
    let path = directory().join(FILE);
    let Some(child) = child else { return std::fs::remove_file(path).map_or(0, |()| 0) };
    (rival.1)(act, &breaker);
    child.finish();
    let what = format!("{} stopped at {stop} for {}", act.name, rival.0);
    assert_booked(&what, &before, booked, &breaker.snapshot());
    if rival.0 == "the same" && matches!(act.name, "first probe" | "lease") {
        assert_eq!(ledger().kept - booked.kept, 1, "{what}: one probe may go");
    }
    assert_events(&what, &segment, &breaker);
    assert_works(&breaker, START + 100 * MS, WAIT);
    assert_eq!(segment.names(), [NAME], "{what}");
    std::fs::remove_file(path).expect("removed");
    1
}

/// Both sides' calls are in the totals, each once.
fn assert_booked(what: &str, before: &Snapshot, booked: crate::acts::Ledger, after: &Snapshot) {
    let (is, was) = (&after.totals, &before.totals);
    let book = ledger();
    assert_eq!(calls(is) - calls(was), book.recorded - booked.recorded, "{what}: {after:?}");
    assert_eq!(is.rejected - was.rejected, book.rejected - booked.rejected, "{what}: {after:?}");
    assert!(after.probes_in_flight <= 2, "{what}: {after:?}");
}

/// Each transition has one event, and they follow from each other.
fn assert_events(what: &str, segment: &Segment, breaker: &Breaker<Own>) {
    let events: Vec<_> = segment.events_from(1).collect();
    let totals = breaker.snapshot().totals;
    assert_eq!(events.len() as u64, moves(&totals), "{what}: {events:?}");
    // The one that was stopped tells of its transition later than the rival of the next.
    let mut by_generation: Vec<_> = events.iter().map(|e| (e.generation, e.from, e.to)).collect();
    by_generation.sort_by_key(|&(generation, ..)| generation);
    let mut mode = Mode::Closed;
    for (_, from, to) in by_generation {
        assert_eq!(from, mode, "{what}: {events:?}");
        mode = to;
    }
}

/// The opener of a fresh name is stopped; another opens the name, gives it another configuration and trips it, and
/// takes the other slots. Then the opener goes on, and has the breaker as it is.
fn stop_opener(stop: u64) {
    at(START);
    let segment = small(3).open(FILE).expect("the segment");
    let opened = shared_words(1);
    let open = || {
        let breaker = timed(&segment, NAME, plain());
        opened[0].store(breaker.snapshot().totals.opened, Ordering::SeqCst);
    };
    let Some(child) = stopped_in(open, stop) else { return };
    let (second, other) = (timed(&segment, "second", plain()), plain().window_buckets(7));
    let breaker = timed(&segment, NAME, plain());
    breaker.configure(&other).expect("valid");
    call(&breaker, |permit| permit.failure());
    child.finish();
    let shown = breaker.snapshot();
    assert_eq!((shown.mode, shown.totals.failures, breaker.config()), (Mode::Open, 1, other), "at {stop}");
    assert_eq!(opened[0].load(Ordering::SeqCst), 1, "the opener found another breaker, stopped at {stop}");
    let third = timed(&segment, "third", plain());
    let mut names = segment.names();
    names.sort();
    assert_eq!(names, [NAME, "second", "third"], "stopped at {stop}");
    let full = Breaker::builder().segment(&segment).open("fourth").map_err(|error| error.kind());
    assert_eq!(full.err(), Some(ErrorKind::Full), "stopped at {stop}");
    [second, third].iter().for_each(|b| assert_works(b, START, WAIT));
}
