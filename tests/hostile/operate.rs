//! Every public operation, on whatever lies in the file.

use crate::file::{BESIDE, CAPACITY, NAMES, Own, Random, START, at};
use holysheep_cb::{
    Breaker, Bulkhead, BulkheadConfig, Config, Error, ErrorKind, Limiter, LimiterConfig, Segment,
    SegmentOptions, ServerLimits, Share, Window,
};
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
    let limiter = Limiter::builder().segment(&segment).clock(Own).open(BESIDE);
    let bulkhead = Bulkhead::builder().segment(&segment).open(BESIDE);
    for error in [limiter.as_ref().err(), bulkhead.as_ref().err()].into_iter().flatten() {
        assert!(matches!(error.kind(), ErrorKind::Full | ErrorKind::Layout | ErrorKind::ReadOnly), "{error}");
    }
    let _ = limiter.map(|limiter| limit(&limiter, random));
    let _ = bulkhead.map(|bulkhead| enter(&bulkhead, random));
    look(&segment, most, random);
    true
}

/// Every operation of a limiter, at times that jump about.
fn limit(limiter: &Limiter<Own>, random: &mut Random) {
    for _ in 0..4 {
        at(moment(random));
        let units = random.next() as u32 >> random.below(32);
        let _ = (limiter.try_acquire(units), limiter.acquire(units, Duration::from_micros(50)));
        if let Ok(turn) = limiter.reserve(units, Duration::from_nanos(random.next() >> random.below(64))) {
            at(moment(random));
            let _ = (turn.due_in(), format!("{turn:?}"));
            drop(turn);
        }
        let some =
            |random: &mut Random| (random.below(2) == 0).then(|| random.next() as u32 >> random.below(32));
        let (limit, remaining) = (some(random), some(random));
        let reset = Some(Duration::from_nanos(random.next() >> random.below(64)));
        limiter.correct(ServerLimits { limit, remaining, reset });
        let (floor, lent) = (random.below(1_000_000) as u32 + 1, random.next() as u32 % 1000);
        let lent_for = Duration::from_nanos(random.next() >> random.below(64));
        let share = Share { floor, lent, lent_for, hosts: random.below(10_000) as u32 + 1 };
        assert!(limiter.set_share(share).is_ok() || floor + lent > 1_000_000);
        limiter.give_back(units);
        limiter.charge(units);
        let _ = (limiter.retry_after(units), limiter.snapshot(), limiter.config(), format!("{limiter:?}"));
    }
    limiter.configure(LimiterConfig::per_minute(600)).expect("a valid configuration");
    let _ = limiter.try_acquire(1);
}

/// Every operation of a bulkhead.
fn enter(bulkhead: &Bulkhead, random: &mut Random) {
    let mut held = Vec::new();
    for _ in 0..4 {
        held.extend(bulkhead.try_enter());
        held.extend(bulkhead.enter(Duration::from_micros(50)));
        drop(bulkhead.permit_from_raw(random.next()));
        let _ = (bulkhead.snapshot(), bulkhead.config(), format!("{bulkhead:?}"));
    }
    let raw = held.pop().map(holysheep_cb::BulkheadPermit::into_raw);
    drop(raw.and_then(|raw| bulkhead.permit_from_raw(raw)));
    bulkhead.configure(BulkheadConfig::new(2)).expect("a valid configuration");
    held.extend(bulkhead.try_enter());
}

fn open(segment: &Segment, name: &str, random: &mut Random) -> Result<Breaker<Own>, Error> {
    let builder = Breaker::builder().segment(segment).clock(Own);
    if random.below(2) == 0 { builder.config(Config::new()).open(name) } else { builder.open(name) }
}

/// What changes nothing: names, snapshots, events from several places.
fn look(segment: &Segment, most: usize, random: &mut Random) {
    let names = [segment.names(), segment.limiters(), segment.bulkheads()].concat();
    assert!(names.len() <= CAPACITY as usize && segment.path().is_some());
    let _ = (segment.limiter_snapshot(BESIDE), segment.bulkhead_snapshot(BESIDE));
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
