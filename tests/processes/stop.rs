//! A process is stopped at each instruction that changed something, another does the same or worse, and then the first
//! goes on: it overwrites nothing, nothing happens twice, and nothing is lost.

use crate::acts::{Act, NAME, START, acts, call, calls, keep, ledger, moves, plain, prepare};
use crate::child;
use crate::kit::{MS, Own, assert_works, at, directory, shared_words, small, timed};
use crate::trace::{At, Memory, Traced};
use holysheep_cb::{Breaker, ErrorKind, Mode, Segment, Snapshot};
use std::sync::atomic::Ordering;
use std::time::Duration;

const FILE: &str = "stop";
/// Any of these breakers is beyond its opening and its lease.
const WAIT: Duration = Duration::from_secs(60);

#[test]
fn a_stopped_process_goes_on_later() {
    let text = child::play("stop", Duration::from_secs(240));
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
    for act in acts() {
        for rival in RIVALS {
            let places = (0..).take_while(|&stop| is_stopped_at(&act, rival, stop)).count();
            println!("{} against {}: stopped at {places} places", act.name, rival.0);
        }
    }
    let places = (0..).take_while(|&stop| opener_is_stopped_at(stop)).count();
    println!("open: stopped at {places} places");
    assert!(places > 20);
}

/// Lets the child run until its memory has changed `stop` times; false if it is over before.
fn run_to(child: &Traced, memory: &mut Memory, stop: u64) -> bool {
    let mut changes = 0;
    while changes < stop {
        if child.step() == At::Over {
            return false;
        }
        changes += u64::from(memory.changed());
    }
    true
}

/// The act is stopped at its `stop`-th change, the rival runs, the act goes on. False if it has no such change.
fn is_stopped_at(act: &Act, rival: Rival, stop: u64) -> bool {
    let (segment, breaker) = prepare(FILE, act);
    let (before, booked) = (breaker.snapshot(), ledger());
    let mut memory = Memory::of(&segment.path().expect("a file"));
    let child = Traced::new(|| (act.run)(&breaker)).expect("traced as before");
    let within = run_to(&child, &mut memory, stop);
    if within {
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
    } else {
        child.kill();
    }
    std::fs::remove_file(directory().join(FILE)).expect("removed");
    within
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
fn opener_is_stopped_at(stop: u64) -> bool {
    at(START);
    let segment = small(3).open(FILE).expect("the segment");
    let mut memory = Memory::of(&segment.path().expect("a file"));
    let opened = shared_words(1);
    let open = || {
        let breaker = timed(&segment, NAME, plain());
        opened[0].store(breaker.snapshot().totals.opened, Ordering::SeqCst);
    };
    let child = Traced::new(open).expect("traced as before");
    let within = run_to(&child, &mut memory, stop);
    if within {
        let (second, other) = (timed(&segment, "second", plain()), plain().window_buckets(7));
        let breaker = timed(&segment, NAME, plain());
        breaker.configure(&other).expect("valid");
        call(&breaker, |permit| permit.failure());
        child.finish();
        let shown = breaker.snapshot();
        assert_eq!(
            (shown.mode, shown.totals.failures, breaker.config()),
            (Mode::Open, 1, other),
            "at {stop}"
        );
        assert_eq!(
            opened[0].load(Ordering::SeqCst),
            1,
            "the opener found another breaker, stopped at {stop}"
        );
        let third = timed(&segment, "third", plain());
        let mut names = segment.names();
        names.sort();
        assert_eq!(names, [NAME, "second", "third"], "stopped at {stop}");
        let full = Breaker::builder().segment(&segment).open("fourth").map_err(|error| error.kind());
        assert_eq!(full.err(), Some(ErrorKind::Full), "stopped at {stop}");
        [second, third].iter().for_each(|b| assert_works(b, START, WAIT));
    } else {
        child.kill();
    }
    std::fs::remove_file(directory().join(FILE)).expect("removed");
    within
}
