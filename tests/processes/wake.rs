//! S14 across processes: who waits for events is woken by another process's transition, long before its own time limit
//! and long before it would look again by itself (after a second), also if it may only read the segment.

use crate::child;
use crate::kit::{Fork, shared_words, small, until};
use holysheep_cb::{Breaker, Reason, Segment, SegmentOptions};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const ROUNDS: u64 = 12;
const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn a_waiter_in_another_process_is_woken() {
    print!("{}", child::play("wake"));
}

pub(crate) fn role() {
    for options in [small(4), SegmentOptions::new().read_only(true)] {
        rounds(&options);
    }
}

/// Words that both sides see: rounds waited for, rounds woken in, how late in ns.
struct Words<'a> {
    waiting: &'a AtomicU64,
    woken: &'a AtomicU64,
    late: &'a AtomicU64,
}

fn rounds(options: &SegmentOptions) {
    let segment = small(4).open("wake").expect("the segment");
    let breaker = Breaker::builder().segment(&segment).open("relay").expect("a breaker");
    let memory = shared_words(3);
    let words = Words { waiting: &memory[0], woken: &memory[1], late: &memory[2] };
    let waiter = Fork::run(|| wait(&options.open("wake").expect("the segment"), &words));
    let mut prompt = 0;
    let mut latest = 0;
    for round in 1..=ROUNDS {
        until("the waiter waits", LIMIT, || {
            words.waiting.load(Ordering::SeqCst) == round && sleeps(waiter.pid())
        });
        breaker.trip();
        until("the waiter is woken", LIMIT, || words.woken.load(Ordering::SeqCst) == round);
        let late = words.late.load(Ordering::SeqCst);
        prompt += u64::from(late < 400_000_000);
        latest = latest.max(late);
        breaker.reset();
    }
    waiter.join("the waiter", LIMIT);
    println!("woken at the latest after {} ms", latest / 1_000_000);
    // Lost wake-ups would show as nearly a second each; one or two may be the scheduler's.
    assert!(prompt + 2 >= ROUNDS, "{prompt} of {ROUNDS} wake-ups were prompt, the latest after {latest} ns");
}

/// The waiting side: each round waits for the next opening and says when it learned of it.
fn wait(segment: &Segment, words: &Words<'_>) {
    let mut events = segment.events();
    for round in 1..=ROUNDS {
        let cursor = events.cursor();
        words.waiting.store(round, Ordering::SeqCst);
        assert!(events.wait(LIMIT), "no event within {LIMIT:?}");
        let event = events.next().expect("the wait said that there is one");
        let late = holysheep_cb::ffi::hscb_now_ns().saturating_sub(event.time_ns);
        assert_eq!((event.sequence, event.reason), (cursor, Reason::Operator));
        words.late.store(late, Ordering::SeqCst);
        words.woken.store(round, Ordering::SeqCst);
        // The reset that follows is not waited for.
        assert!(events.wait(LIMIT) && events.next().is_some());
    }
}

/// The process sleeps (in the kernel: its state in /proc is S).
fn sleeps(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('S'))
}
