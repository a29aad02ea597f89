//! SIGKILL at any instruction, and every one of them: an operation is run instruction by instruction, and each state
//! that its process would leave behind if it were killed there is put to use by another.

use crate::acts::{NAME, START, acts, calls, moves, plain, prepare};
use crate::child::{self, directory};
use crate::kit::{MS, assert_works, at, small, timed};
use crate::trace::{At, Memory, Traced, stay_on_one_core};
use holysheep_cb::{Breaker, Config, ErrorKind, Totals};
use std::time::Duration;

/// Any of these breakers is beyond its opening, its lease and its window.
const WAIT: Duration = Duration::from_secs(100);

#[test]
fn a_kill_at_every_instruction() {
    let text = child::play("step");
    print!("{text}");
    if let Some(why) = text.lines().find_map(|line| line.split_once("cannot: ")) {
        child::cannot_run(why.1);
    }
}

pub(crate) fn role() {
    stay_on_one_core();
    for act in acts() {
        let (segment, breaker) = prepare("step", &act);
        let before = breaker.snapshot().totals;
        let memory = Memory::of(&segment.path().expect("a file"));
        let run = || (act.run)(&breaker);
        let Ok(child) = Traced::new(run) else { return println!("\ncannot: trace a child") };
        let (steps, states) = follow(&child, memory, |image, state| {
            let what = format!("{}, state {state}", act.name);
            assert_image(image, &what, (act.config)(plain()), &before);
        });
        child.kill();
        println!("{}: {steps} instructions, {states} states", act.name);
        assert!(steps > 50 && states > 0, "{} was not followed", act.name);
        std::fs::remove_file(directory().join("step")).expect("removed");
    }
    open_a_breaker();
    make_the_segment();
}

/// Follows a child to the end of its operation; instructions, and states of the memory between them.
pub(crate) fn follow(child: &Traced, mut memory: Memory, mut look: impl FnMut(&[u8], u64)) -> (u64, u64) {
    let (mut steps, mut states) = (0, 0);
    while child.step() == At::Within {
        steps += 1;
        if memory.changed() {
            states += 1;
            look(&memory.image(), states);
        }
    }
    (steps, states)
}

/// Another process finds this: the name has its breaker, all slots are to be had, the totals are those from before or
/// one further, each transition has its event or is the one that was cut short, and the breaker works.
fn assert_image(image: &[u8], what: &str, config: Config, before: &Totals) {
    let path = directory().join("image");
    std::fs::write(&path, image).expect("the image");
    at(START + 70 * MS);
    let segment = small(3).open("image").unwrap_or_else(|error| panic!("{what}: {error}"));
    let breaker = timed(&segment, NAME, config);
    let now = breaker.snapshot();
    for of in [calls, moves] {
        let (was, is) = (of(before), of(&now.totals));
        assert!((was..=was + 1).contains(&is), "{what}: {is} after {was} in {now:?}");
    }
    let told = segment.events().cursor() - 1;
    assert!((told..=told + 1).contains(&moves(&now.totals)), "{what}: {told} events, {now:?}");
    let whole = segment.events_from(0).count() as u64;
    assert!(told - whole <= 1, "{what}: {whole} of {told} events are whole");
    assert_works(&breaker, START + 70 * MS, WAIT);
    for name in ["second", "third"] {
        assert_works(&timed(&segment, name, plain()), START, WAIT);
    }
    assert_eq!(segment.names(), [NAME, "second", "third"], "{what}");
    let full = Breaker::builder().segment(&segment).open("fourth").map_err(|error| error.kind());
    assert_eq!(full.err(), Some(ErrorKind::Full), "{what}");
    std::fs::remove_file(path).expect("removed");
}

/// A creator that is killed half-way loses no slot, and its breaker has its whole configuration.
fn open_a_breaker() {
    at(START);
    let segment = small(3).open("open").expect("the segment");
    let config = plain().open_backoff(2.0).window_buckets(7);
    let memory = Memory::of(&segment.path().expect("a file"));
    let open = || drop(timed(&segment, NAME, config));
    let Ok(child) = Traced::new(open) else { return println!("\ncannot: trace a child") };
    let (steps, states) = follow(&child, memory, |image, state| {
        assert_image(image, &format!("open, state {state}"), config, &Totals::default());
    });
    child.kill();
    println!("open: {steps} instructions, {states} states");
    assert!(states > 20, "open was not followed");
}

/// The file has its name when it is whole, and not before.
fn make_the_segment() {
    let path = directory().join("made");
    let make = || drop(small(3).open("made").expect("the segment"));
    let Ok(child) = Traced::new(make) else { return println!("\ncannot: trace a child") };
    let (mut before, mut after) = (0_u64, 0_u64);
    while child.step() == At::Within {
        if !path.exists() {
            before += 1;
            continue;
        }
        if after == 0 {
            assert_image(&std::fs::read(&path).expect("the file"), "made", plain(), &Totals::default());
        }
        after += 1;
    }
    child.kill();
    println!("make: {before} instructions until it is there, {after} after");
    assert!(before > 1000 && after > 100);
}
