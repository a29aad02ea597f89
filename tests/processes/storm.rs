//! Sixteen processes at work on one segment, and SIGKILL after SIGKILL.

use crate::child::{self, times};
use crate::kit::{Fork, Own, assert_works, timed};
use crate::worker::{self, Deed, Deeds, NAMES, Random, WAIT, config, name, options};
use holysheep_cb::{Breaker, ErrorKind, Segment, Totals};
use std::collections::VecDeque;
use std::time::Duration;

const WORKERS: u64 = 16;
const SEGMENT: &str = "storm";

#[test]
fn thousands_of_kills_lose_nothing() {
    print!("{}", child::play("storm"));
}

pub(crate) fn role() {
    let (kills, deeds) = (3000 * times(), Deeds::new());
    let segment = options().open(SEGMENT).expect("the segment");
    kill(kills, deeds);
    let all: Vec<_> = (0..WORKERS).map(|i| worker::start(SEGMENT, 1 << 32 | i, 20, deeds)).collect();
    all.into_iter().for_each(|one| one.join("a worker that nobody kills", Duration::from_secs(60)));

    let breakers: Vec<_> = (0..NAMES).map(|i| timed(&segment, &name(i), config(i))).collect();
    assert_directory(&segment);
    assert_totals(&segment, &breakers, deeds, kills);
    let now = holysheep_cb::ffi::hscb_now_ns();
    for (number, breaker) in breakers.iter().enumerate() {
        assert_eq!(breaker.config(), config(number as u64), "the configuration is whole");
        assert_works(breaker, now, WAIT);
    }
    let done = [Deed::Opened, Deed::Admitted, Deed::Rejected, Deed::Recorded].map(|deed| deeds.get(deed));
    println!("{kills} kills; opened, admitted, rejected, recorded: {done:?}");
    assert!(done.iter().all(|&n| n > kills / 4), "the workers hardly worked: {done:?}");
}

/// Kills one worker after the other, each at a random moment, and starts another in its place.
fn kill(kills: u64, deeds: Deeds) {
    let mut random = Random::new(7);
    let mut workers: Vec<Fork> = (0..WORKERS).map(|i| worker::start(SEGMENT, i, u64::MAX, deeds)).collect();
    let mut killed = VecDeque::new();
    for seed in WORKERS..WORKERS + kills {
        std::thread::sleep(Duration::from_nanos(random.below(600_000)));
        let victim = random.below(WORKERS) as usize;
        workers[victim].kill();
        killed.push_back(std::mem::replace(
            &mut workers[victim],
            worker::start(SEGMENT, seed, u64::MAX, deeds),
        ));
        if killed.len() > 32 {
            killed.pop_front().into_iter().for_each(bury);
        }
    }
    killed.into_iter().for_each(bury);
    for worker in workers {
        worker.kill();
        bury(worker);
    }
}

/// Waits for the end of a worker that was killed; one that ended by itself had found something wrong.
fn bury(worker: Fork) {
    let status = worker.reap();
    assert_eq!(libc::WTERMSIG(status), libc::SIGKILL, "a worker ended by itself: {status:#x}");
}

/// Every name has exactly one slot, and there is none left.
pub(crate) fn assert_directory(segment: &Segment) {
    let (mut known, mut opened) = (segment.names(), (0..NAMES).map(name).collect::<Vec<_>>());
    known.sort();
    opened.sort();
    assert_eq!(known, opened);
    let more = Breaker::builder().segment(segment).open("one more");
    assert_eq!(more.map_err(|error| error.kind()).err(), Some(ErrorKind::Full));
}

/// What was done is in the totals, what was begun and killed may be, and nothing else is; of the transitions too, each
/// has its event, but for those whose process was killed between the two.
fn assert_totals(segment: &Segment, breakers: &[Breaker<Own>], deeds: Deeds, kills: u64) {
    let totals: Vec<Totals> = breakers.iter().map(|breaker| breaker.snapshot().totals).collect();
    let sum = |of: fn(&Totals) -> u64| totals.iter().map(of).sum::<u64>();
    let recorded = sum(|t| t.successes + t.failures + t.ignored + t.late);
    let (least, most) = (deeds.get(Deed::Recorded), deeds.get(Deed::RecordBegun));
    assert!((least..=most).contains(&recorded), "{recorded} recorded, between {least} and {most} were");
    assert!(most - least <= kills + WORKERS);

    let (rejected, least) = (sum(|t| t.rejected), deeds.get(Deed::Rejected));
    let unknown = deeds.get(Deed::AdmitBegun) - deeds.get(Deed::Admitted) - least;
    assert!(
        (least..=least + unknown).contains(&rejected),
        "{rejected} rejected, {least} + {unknown} at most were"
    );

    let transitions = sum(|t| t.opened + t.half_opened + t.closed);
    let told = segment.events().cursor() - 1;
    assert!(
        (told..=told + kills + WORKERS).contains(&transitions),
        "{transitions} transitions, {told} events"
    );
    let mut reader = segment.events_from(0);
    let oldest = told.saturating_sub(1023).max(1);
    let read: Vec<_> = reader.by_ref().map(|event| event.sequence).collect();
    let torn = (told + 1 - oldest) - read.len() as u64;
    assert!(read.windows(2).all(|pair| pair[0] < pair[1]) && torn <= kills / 4, "{torn} events are torn");
    assert!(sum(|t| t.probes_lost) > 0, "no probe's process was ever killed");
}
