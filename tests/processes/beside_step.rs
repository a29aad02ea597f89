//! SIGKILL at every instruction of what a limiter and a bulkhead do: each state that is left behind is put to use by
//! another process, as `step` does with breakers.

use crate::child::{self, directory};
use crate::kit::{Own, at, small, until};
use crate::step::follow;
use crate::trace::{Memory, Traced, stay_on_one_core};
use holysheep_cb::{Bulkhead, BulkheadConfig, Limiter, LimiterConfig, Segment, ServerLimits};
use std::time::Duration;

const START: u64 = 1 << 42;
/// Longer than any pause and any debt.
const LATER: u64 = START + 4 * 86_400_000_000_000;
const SEATS: u32 = 2;

#[test]
fn a_kill_at_every_instruction_beside() {
    let text = child::play("beside-step");
    print!("{text}");
    if let Some(why) = text.lines().find_map(|line| line.split_once("cannot: ")) {
        child::cannot_run(why.1);
    }
}

struct Both {
    segment: Segment,
    limiter: Limiter<Own>,
    bulkhead: Bulkhead,
}

/// What it is, and what it does.
type Act = (&'static str, fn(&Both));

fn open(file: &str) -> Both {
    at(START);
    let segment = small(3).open(file).expect("the segment");
    let limiter = Limiter::builder().segment(&segment).config(LimiterConfig::per_minute(60)).clock(Own);
    let bulkhead = Bulkhead::builder().segment(&segment).config(BulkheadConfig::new(SEATS));
    let (limiter, bulkhead) = (limiter.open("relay"), bulkhead.open("relay"));
    Both { limiter: limiter.expect("a limiter"), bulkhead: bulkhead.expect("a bulkhead"), segment }
}

pub(crate) fn role() {
    stay_on_one_core();
    let acts: [Act; 9] = [
        ("take", |both| both.limiter.try_acquire(1).expect("the first goes")),
        ("take a turn", |both| std::mem::forget(both.limiter.reserve(9, Duration::from_secs(99)))),
        ("give back", |both| both.limiter.give_back(1)),
        ("pause", |both| both.limiter.pause(Duration::from_secs(10))),
        ("correct", |both| {
            let limit = Some(30);
            both.limiter.correct(ServerLimits { limit, remaining: Some(0), reset: None });
        }),
        ("configure a limiter", |both| {
            both.limiter.configure(LimiterConfig::per_minute(600).burst(5)).expect("valid");
        }),
        ("enter", |both| std::mem::forget(both.bulkhead.try_enter().expect("free"))),
        ("enter and leave", |both| drop(both.bulkhead.try_enter().expect("free"))),
        ("configure a bulkhead", |both| both.bulkhead.configure(BulkheadConfig::new(1)).expect("valid")),
    ];
    for (name, act) in acts {
        let both = open("step");
        let memory = Memory::of(&both.segment.path().expect("a file"));
        let Ok(child) = Traced::new(|| act(&both)) else { return println!("\ncannot: trace a child") };
        let (steps, states) = follow(&child, memory, |image, state| {
            assert_image(image, &format!("{name}, state {state}"));
        });
        child.kill();
        println!("{name}: {steps} instructions, {states} states");
        assert!(steps > 30 && states > 0, "{name} was not followed");
        std::fs::remove_file(directory().join("step")).expect("removed");
    }
    open_them();
}

/// A creator that is killed half-way loses no cell.
fn open_them() {
    let segment = small(3).open("open").expect("the segment");
    let memory = Memory::of(&segment.path().expect("a file"));
    let Ok(child) = Traced::new(|| drop(open("open"))) else { return println!("\ncannot: trace a child") };
    let (steps, states) =
        follow(&child, memory, |image, state| assert_image(image, &format!("open, state {state}")));
    child.kill();
    println!("open: {steps} instructions, {states} states");
    assert!(states > 10, "open was not followed");
}

/// Another process finds this: one cell for each name and one that is free, configurations in range, a limiter that lets
/// one go and then holds, and a bulkhead whose seats are all to be had, as whoever had one is gone.
fn assert_image(image: &[u8], what: &str) {
    let path = directory().join("image");
    std::fs::write(&path, image).expect("the image");
    let Both { segment, limiter, bulkhead } = open("image");
    assert_eq!(
        (segment.limiters(), segment.bulkheads()),
        (vec!["relay".into()], vec!["relay".into()]),
        "{what}"
    );
    limiter.config().validate().unwrap_or_else(|error| panic!("{what}: {error}"));
    at(LATER);
    limiter.try_acquire(1).unwrap_or_else(|limited| panic!("{what}: {limited}"));
    let burst = std::iter::from_fn(|| limiter.try_acquire(1).ok()).take(10).count();
    assert!(burst < 5, "{what}: {burst} more at once");

    until(what, Duration::from_secs(20), || bulkhead.snapshot().active == 0);
    let seats: Vec<_> = std::iter::from_fn(|| bulkhead.try_enter().ok()).collect();
    assert!((1..=SEATS as usize).contains(&seats.len()), "{what}: {} seats", seats.len());
    let third = holysheep_cb::Breaker::builder().segment(&segment).open("third");
    assert!(third.is_ok(), "{what}: a cell was lost");
    std::fs::remove_file(path).expect("removed");
}
