//! Every public operation, on whatever lies in the file.

use crate::file::{NAMES, Own, Random, START, at};
use holysheep_cb::{Breaker, Config, Error, ErrorKind, Segment, SegmentOptions, Window};
use std::time::Duration;

/// What a file that is no segment of ours, or not one in order, may answer at its opening.
const REFUSALS: [ErrorKind; 4] =
    [ErrorKind::Layout, ErrorKind::Truncated, ErrorKind::NotReady, ErrorKind::NotFound];

/// Opens the segment, which is there, and uses it; whether it opened. Reads up to `most` events from each place.
pub(crate) fn all(name: &str, most: usize, random: &mut Random) -> bool {
    at(START + random.next() % (1 << 36));
    let read_only = random.below(8) == 0;
    let options = SegmentOptions::new().existing(true).read_only(read_only);
    let opened = options.open(name);
    let segment = match opened {
        Ok(segment) => segment,
        Err(error) => {
            assert!(REFUSALS.contains(&error.kind()), "{error}");
            return false;
        }
    };
    look(&segment, most, random);
    for breaker in NAMES.into_iter().chain(["another"]) {
        match open(&segment, breaker, random) {
            Ok(breaker) => exhaust(&breaker, random),
            Err(error) if read_only => assert_eq!(error.kind(), ErrorKind::ReadOnly),
            Err(error) => assert!(matches!(error.kind(), ErrorKind::Full | ErrorKind::Layout), "{error}"),
        }
    }
    look(&segment, most, random);
    true
}

fn open(segment: &Segment, name: &str, random: &mut Random) -> Result<Breaker<Own>, Error> {
    let builder = Breaker::builder().segment(segment).clock(Own);
    if random.below(2) == 0 { builder.config(Config::new()).open(name) } else { builder.open(name) }
}

/// What changes nothing: names, snapshots, events from several places.
fn look(segment: &Segment, most: usize, random: &mut Random) {
    assert!(segment.names().len() <= 4 && segment.path().is_some());
    let _ = NAMES.map(|name| segment.snapshot(name));
    let _ = (segment.snapshot("nobody"), format!("{segment:?}"));
    for cursor in [0, 1, random.next(), u64::MAX - 1] {
        let mut events = segment.events_from(cursor);
        let _ = events.wait(Duration::ZERO);
        let mut last = 0;
        for event in events.by_ref().take(most) {
            assert!(event.sequence > last, "{event:?} after {last}");
            last = event.sequence;
            if last == u64::MAX {
                break; // from there on a cursor means "from now on"
            }
        }
        let _ = (events.missed(), events.cursor());
    }
    assert!(segment.events().next().is_none_or(|event| event.sequence > 0));
}

/// A time that the breaker may be asked at.
fn moment(random: &mut Random) -> u64 {
    match random.below(8) {
        0 => 0,
        1 => u64::MAX,
        2 => random.next(),
        3 => START,
        _ => START + random.next() % (1 << 38),
    }
}

/// Every operation of a breaker, at times that jump about.
fn exhaust(breaker: &Breaker<Own>, random: &mut Random) {
    ask(breaker);
    for _ in 0..4 {
        at(moment(random));
        calls(breaker, random);
        operate(breaker, random);
        ask(breaker);
    }
    let config = breaker.config();
    let _ = (config.validate(), config.to_json(), format!("{config:?} {breaker:?}"));
    let windows = [Window::Time, Window::Calls];
    breaker.configure(&Config::new().window(windows[random.below(2)])).expect("a valid configuration");
    calls(breaker, random);
    ask(breaker);
}

fn ask(breaker: &Breaker<Own>) {
    let shown = breaker.snapshot();
    let _ = (breaker.would_admit(), breaker.retry_after(), format!("{shown:?}"));
    let _ = [0.0, 0.5, 0.99, 1.0].map(|quantile| breaker.latency(quantile));
}

fn calls(breaker: &Breaker<Own>, random: &mut Random) {
    let mut held = None;
    for _ in 0..6 {
        held = breaker.admit().ok().or(held);
        let Some(permit) = held.take() else { continue };
        match random.below(8) {
            0 => permit.success(),
            1 => permit.failure(),
            2 => permit.ignore(),
            3 => permit.throttled(Duration::from_millis(random.next() >> random.below(64))),
            4 => permit.success_after(Duration::from_nanos(random.next())),
            5 => permit.failure_after(Duration::from_nanos(random.next())),
            6 => held = Some(permit),
            _ => {
                at(moment(random));
                permit.success();
            }
        }
    }
}

fn operate(breaker: &Breaker<Own>, random: &mut Random) {
    match random.below(12) {
        0 => breaker.reset(),
        1 => breaker.trip(),
        2 => breaker.trip_for(Duration::from_nanos(random.next())),
        3 => breaker.force_open(),
        4 => breaker.disable(),
        5 => breaker.observe(),
        6 => drop(breaker.half_open()),
        _ => {}
    }
}
