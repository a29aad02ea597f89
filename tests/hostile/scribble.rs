//! Bytes that change while they are used: somebody writes random words into the mapped file all the time. What is read
//! twice may differ; still no crash, no hang, no panic.

use crate::child;
use crate::file::{
    ALLOCATED_AT, DIRECTORY_AT, EVENTS_AT, Random, Target, directory, template, times, words_of,
};
use crate::images::watch;
use crate::{operate, operate_c};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[test]
fn bytes_that_change_meanwhile() {
    print!("{}", child::play("scribble", Duration::from_secs(120 * times())));
}

pub(crate) fn role() {
    static AT: AtomicU64 = AtomicU64::new(0);
    let template = template();
    let target = Target::new(&directory().join("image"), &template);
    let words = words_of(&template);
    watch(&AT, Duration::from_secs(20));
    let until = Instant::now() + Duration::from_secs(3 * times());
    let (rounds, written) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| scribble(&target, &words, until));
        scope.spawn(|| flip(&target, until));
        let users: Vec<_> = (0..3)
            .map(|seed| {
                scope.spawn(move || {
                    let (mut random, mut rounds) = (Random(seed), 0);
                    while Instant::now() < until {
                        operate::all("image", if rounds % 8 == 0 { 2000 } else { 3 }, &mut random);
                        operate_c::all("image", "closed", &mut random);
                        AT.fetch_add(1, Ordering::Relaxed);
                        rounds += 1;
                    }
                    rounds
                })
            })
            .collect();
        let rounds: u64 = users.into_iter().map(|user| user.join().expect("a user")).sum();
        (rounds, writer.join().expect("the writer"))
    });
    println!("\n{rounds} rounds over {written} words");
    assert!(rounds > 100 && written > 10_000);
}

/// Random words everywhere but where the header says what the file is; the right ones every now and then, so that what
/// they guard is reached.
fn scribble(target: &Target, words: &[u64], until: Instant) -> u64 {
    let mut random = Random(99);
    let mut written = 0;
    while Instant::now() < until {
        for _ in 0..64 {
            let ring = random.below(3) == 0;
            let (from, to) = if ring { (EVENTS_AT, DIRECTORY_AT) } else { (DIRECTORY_AT, words.len() * 8) };
            let at = (from + random.below(to - from)) / 8;
            let word = match random.below(4) {
                0 => random.next(),
                1 => random.next() % 8,
                _ => words[at],
            };
            target.write(at * 8, &[word]);
            written += 1;
        }
        std::thread::yield_now();
    }
    written
}

/// The two words that everything else is counted by change without pause: how many cells are allocated, and the number
/// of the last event.
fn flip(target: &Target, until: Instant) {
    let mut random = Random(98);
    while Instant::now() < until {
        for _ in 0..1000 {
            let number = random.next() >> random.below(64);
            target.write(EVENTS_AT, &[number]);
            target.write(ALLOCATED_AT, &[number >> 60]);
        }
    }
}
