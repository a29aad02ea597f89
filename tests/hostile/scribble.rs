//! Bytes that change while they are used: somebody writes random words into the mapped file all the time. What is read
//! twice may differ; still no crash, no hang, no panic.

use crate::child::{self, directory, times};
use crate::file::{ALLOCATED_AT, DIRECTORY_AT, EVENTS_AT, Random, Target, template, words_of};
use crate::images::{limit_memory, watch};
use crate::{operate, operate_c};
use holysheep_cb::SegmentOptions;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[test]
fn bytes_that_change_meanwhile() {
    print!("{}", child::play("scribble"));
}

/// What moves on as long as nothing hangs.
static AT: AtomicU64 = AtomicU64::new(0);

pub(crate) fn role() {
    let template = template();
    let target = Target::new(&directory().join("image"), &template);
    limit_memory();
    watch(&AT, Duration::from_secs(20));
    read_twice(&target);
    target.write(0, &words_of(&template));
    use_all(&target, &words_of(&template));
}

/// One thread reads, one writes, so that both run at the same moment: what the reader reads twice is to differ.
fn read_twice(target: &Target) {
    let until = Instant::now() + Duration::from_millis(1500 * times());
    let segment = SegmentOptions::new().read_only(true).open("image").expect("its header is in order");
    std::thread::scope(|scope| {
        scope.spawn(|| flip(target, until));
        while Instant::now() < until {
            // No event is so far, so that as a rule there is nothing to look through; and since the word that is waited
            // on changes all the time, one wait looks again and again.
            let _ = segment.events_from(1 << 61).wait(Duration::from_millis(50));
            assert!(segment.names().len() <= crate::file::CAPACITY as usize);
            AT.fetch_add(1, Ordering::Relaxed);
        }
    });
}

fn use_all(target: &Target, words: &[u64]) {
    let until = Instant::now() + Duration::from_millis(2500 * times());
    let (rounds, written) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| scribble(target, words, until));
        scope.spawn(|| flip(target, until));
        let user = |seed| {
            let (mut random, mut rounds) = (Random(seed), 0);
            while Instant::now() < until {
                operate::all("image", if rounds % 8 == 0 { 2000 } else { 3 }, &mut random);
                operate_c::all("image", "closed", &mut random);
                AT.fetch_add(1, Ordering::Relaxed);
                rounds += 1;
            }
            rounds
        };
        let users: Vec<_> = (0..3).map(|seed| scope.spawn(move || user(seed))).collect();
        let rounds: u64 = users.into_iter().map(|user| user.join().expect("a user")).sum();
        (rounds, writer.join().expect("the writer"))
    });
    println!("\n{rounds} rounds over {written} words");
    assert!(rounds > 100 && written > 1000);
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

/// The two words that everything else is counted by change without pause, between little and far too much: how many
/// cells are allocated, and the number of the last event, with the word behind it that waiters wait on.
fn flip(target: &Target, until: Instant) {
    let mut random = Random(98);
    while Instant::now() < until {
        for _ in 0..500 {
            target.write(EVENTS_AT, &[random.next() | 1 << 62, random.next()]);
            target.write(ALLOCATED_AT, &[random.next()]);
            target.write(EVENTS_AT, &[random.next() % 4096]);
            target.write(ALLOCATED_AT, &[random.next() % 5]);
        }
    }
}
