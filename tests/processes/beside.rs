//! What stands beside a breaker, under many processes: a limit that all of them keep, seats that come back whoever is
//! killed, a fork in the middle, a file that goes.

use crate::child::{self, directory, times};
use crate::kit::{Fork, Own, at, shared_words, small, until};
use crate::worker::Random;
use holysheep_cb::{Bulkhead, BulkheadConfig, BulkheadPermit, Limiter, LimiterConfig, Segment};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn eight_threads_in_four_processes_keep_one_limit_and_use_it() {
    print!("{}", child::play("beside-limit"));
}

#[test]
fn seats_of_the_killed_come_back() {
    print!("{}", child::play("beside-kills"));
}

#[test]
fn a_fork_takes_no_seat_and_leaves_none() {
    child::play("beside-fork");
}

#[test]
fn limiter_and_bulkhead_outlive_their_file() {
    child::play("beside-gone");
}

fn open() -> Segment {
    small(4).open("beside").expect("the segment")
}

fn bulkhead(segment: &Segment, config: BulkheadConfig) -> Bulkhead {
    Bulkhead::builder().segment(segment).config(config).open("relay").expect("a bulkhead")
}

const MS: u64 = 1_000_000;
/// Virtual time: two minutes in steps of 5 ms, beginning well after the origin.
const START: u64 = 1 << 42;
const STEP: u64 = 5 * MS;
const END: u64 = START + 120_000 * MS;
const THREADS: usize = 8;
/// How often a thread looks whether it may go on. It sleeps meanwhile, so that others need not wait behind it.
const LOOK: Duration = Duration::from_micros(20);

/// Time is a word that all processes see; it goes on when every thread has asked at this time until it was told to wait.
pub(crate) fn limit_role() {
    let words: &'static [AtomicU64] = shared_words(2 + THREADS + 2000);
    let ([clock, gone], rest) = (words.first_chunk().expect("two"), &words[2..]);
    let (asked, log) = rest.split_at(THREADS);
    clock.store(START, Ordering::SeqCst);
    let processes: Vec<_> =
        (0..THREADS / 2).map(|process| Fork::run(|| thread_pair(process, clock, gone, asked, log))).collect();
    let mut now = START;
    while now < END {
        while asked.iter().any(|at| at.load(Ordering::SeqCst) < now) {
            std::thread::sleep(LOOK);
        }
        now += STEP;
        clock.store(now, Ordering::SeqCst);
    }
    processes.into_iter().for_each(|process| process.join("a process that asks", LIMIT));

    let mut times: Vec<u64> = log.iter().map(|at| at.load(Ordering::SeqCst)).filter(|&at| at > 0).collect();
    times.sort_unstable();
    let most =
        times.iter().map(|&t| times.iter().filter(|&&at| t <= at && at < t + 60_000 * MS).count()).max();
    let share = times.len() as f64 / 1200.0;
    println!("{} of 1200 calls in two minutes went, at most {most:?} in any minute", times.len());
    assert!(most <= Some(600), "{most:?} in a minute");
    assert!((0.98..=1.0).contains(&share), "{share} of the limit was used");
}

fn thread_pair(process: usize, clock: &AtomicU64, gone: &AtomicU64, asked: &[AtomicU64], log: &[AtomicU64]) {
    let segment = open();
    std::thread::scope(|scope| {
        for thread in [2 * process, 2 * process + 1] {
            let segment = &segment;
            scope.spawn(move || {
                let config = LimiterConfig::per_minute(600);
                let limiter = Limiter::builder().segment(segment).config(config).clock(Own);
                let limiter = limiter.open("account").expect("a limiter");
                loop {
                    let now = clock.load(Ordering::SeqCst);
                    if now >= END {
                        return;
                    }
                    if asked[thread].load(Ordering::SeqCst) == now {
                        std::thread::sleep(LOOK);
                        continue;
                    }
                    at(now);
                    while limiter.try_acquire(1).is_ok() {
                        log[gone.fetch_add(1, Ordering::SeqCst) as usize].store(now, Ordering::SeqCst);
                    }
                    asked[thread].store(now, Ordering::SeqCst);
                }
            });
        }
    });
}

const SEATS: u32 = 5;
const WORKERS: u64 = 8;

/// Workers enter and leave, and are killed at any moment, waiting or seated. Then nobody sits, and all seats are to be
/// had; and those that live on never sit more than there are seats.
pub(crate) fn kills_role() {
    let (kills, entered) = (1000 * times(), &shared_words(1)[0]);
    let segment = open();
    let bulkhead = bulkhead(&segment, BulkheadConfig::new(SEATS).max_waiting(4));
    let mut random = Random::new(11);
    let mut workers: Vec<Fork> = (0..WORKERS).map(|seed| worker(seed, entered)).collect();
    for seed in WORKERS..WORKERS + kills {
        std::thread::sleep(Duration::from_nanos(random.below(1_000_000)));
        let victim = random.below(WORKERS) as usize;
        let killed = std::mem::replace(&mut workers[victim], worker(seed, entered));
        killed.kill();
        let status = killed.reap();
        assert_eq!(libc::WTERMSIG(status), libc::SIGKILL, "a worker ended by itself: {status:#x}");
        assert!(bulkhead.snapshot().active <= SEATS);
    }
    for worker in workers {
        worker.kill();
        worker.reap();
    }
    until("every seat is free", LIMIT, || {
        let shown = bulkhead.snapshot();
        (shown.active, shown.waiting) == (0, 0)
    });
    let all: Vec<BulkheadPermit> = std::iter::from_fn(|| bulkhead.try_enter().ok()).collect();
    assert_eq!(all.len(), SEATS as usize);
    drop(all);
    let shown = bulkhead.snapshot();
    println!("{kills} kills, {} entered, {} seats taken back", shown.entered, shown.reclaimed);
    assert!(shown.reclaimed > kills / 20, "hardly anybody was killed in a seat: {shown:?}");
    assert!(entered.load(Ordering::SeqCst) > kills, "the workers hardly worked");
    the_living_keep_the_limit(&bulkhead);
}

fn worker(seed: u64, entered: &'static AtomicU64) -> Fork {
    Fork::run(move || {
        let bulkhead = bulkhead(&open(), BulkheadConfig::new(SEATS));
        let mut random = Random::new(seed);
        loop {
            if let Ok(permit) = bulkhead.enter(Duration::from_millis(random.below(3))) {
                entered.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_nanos(random.below(400_000)));
                drop(permit);
            }
        }
    })
}

/// Nobody leaves before all seats were taken at once, so that the limit was met however the processes are scheduled.
fn the_living_keep_the_limit(bulkhead: &Bulkhead) {
    let [inside, most] = shared_words(2).first_chunk().expect("two");
    let processes: Vec<_> = (0..WORKERS)
        .map(|_| {
            Fork::run(|| {
                for _ in 0..200 {
                    let permit = bulkhead.enter(LIMIT).expect("there is patience");
                    most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    until("every seat was taken", LIMIT, || most.load(Ordering::SeqCst) >= u64::from(SEATS));
                    std::thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(permit);
                }
            })
        })
        .collect();
    processes.into_iter().for_each(|process| process.join("one that nobody kills", LIMIT));
    assert_eq!(most.load(Ordering::SeqCst), u64::from(SEATS));
    assert_eq!(bulkhead.snapshot().active, 0);
}

pub(crate) fn fork_role() {
    let (segment, said) = (open(), shared_words(2));
    let bulkhead = bulkhead(&segment, BulkheadConfig::new(2));
    let private = Bulkhead::builder().config(BulkheadConfig::new(1)).open("relay").expect("a bulkhead");
    let mut permit = Some(bulkhead.try_enter().expect("free"));
    let raw = bulkhead.try_enter().expect("free").into_raw();
    let mut in_memory = Some(private.try_enter().expect("free"));

    let child = Fork::run(|| {
        drop(permit.take()); // a copy of its parent's: nobody leaves a seat
        drop(bulkhead.permit_from_raw(raw));
        assert_eq!(bulkhead.snapshot().active, 2);
        // The memory of a private one is the child's own, and who sat there is not here.
        drop(in_memory.take());
        assert!(private.enter(Duration::from_millis(200)).is_ok());
        let seat = bulkhead.enter(LIMIT).expect("the parent leaves one");
        said[0].store(1, Ordering::SeqCst);
        until("the parent looked", LIMIT, || said[1].load(Ordering::SeqCst) == 1);
        drop(seat);
        std::mem::forget(bulkhead.try_enter().expect("its own again"));
    });
    until("the child waits", LIMIT, || bulkhead.snapshot().waiting == 1);
    assert!(private.try_enter().is_err(), "the child left nothing here");
    drop(bulkhead.permit_from_raw(raw));
    until("the child sits", LIMIT, || said[0].load(Ordering::SeqCst) == 1);
    assert_eq!(bulkhead.snapshot().active, 2);
    said[1].store(1, Ordering::SeqCst);
    child.join("the child", LIMIT);
    let taken_back = bulkhead.enter(LIMIT).expect("what it had not left is taken back");
    assert_eq!(bulkhead.snapshot().reclaimed, 1);
    drop((permit, taken_back, in_memory));
    assert_eq!((bulkhead.snapshot().active, private.snapshot().active), (0, 0));
    a_parent_that_ends_before_its_child(&bulkhead, said);
}

/// The seat of a parent is free when it ends, though its child lives on and has its handles.
fn a_parent_that_ends_before_its_child(bulkhead: &Bulkhead, said: &'static [AtomicU64]) {
    said[0].store(0, Ordering::SeqCst);
    let parent = Fork::run(|| {
        let seats = [(); 2].map(|()| bulkhead.try_enter().expect("free"));
        let child = Fork::run(|| {
            let _seats = &seats;
            said[0].store(1, Ordering::SeqCst);
            loop {
                std::thread::park();
            }
        });
        said[1].store(child.pid().into(), Ordering::SeqCst);
        until("the child is there", LIMIT, || said[0].load(Ordering::SeqCst) == 1);
        std::mem::forget((seats, child));
    });
    parent.join("the parent", LIMIT);
    let begun = Instant::now();
    drop(bulkhead.enter(LIMIT).expect("taken back"));
    assert!(begun.elapsed() < LIMIT / 2);
    // SAFETY: the grandchild's number; nobody waits for it before this test's own end, so it is still its own.
    unsafe { libc::kill(said[1].load(Ordering::SeqCst) as libc::pid_t, libc::SIGKILL) };
}

pub(crate) fn gone_role() {
    let folder = directory().join("above").join("below");
    std::fs::create_dir_all(&folder).expect("two directories");
    // SAFETY: the other thread of this role waits for it and reads no variable meanwhile.
    unsafe { std::env::set_var("HOLYSHEEP_CB_DIR", &folder) };
    let segment = open();
    let bulkhead = bulkhead(&segment, BulkheadConfig::new(1));
    let limiter = Limiter::builder().segment(&segment).config(LimiterConfig::per_minute(7)).clock(Own);
    let limiter = limiter.open("relay").expect("a limiter");
    at(START);
    let (old, raw) = (bulkhead.try_enter().expect("free"), limiter.reserve(1, Duration::ZERO).expect("free"));
    std::fs::remove_file(segment.path().expect("a file")).expect("removed");

    // The limiter looks at the time that it is given, the bulkhead at the clock's.
    at(START + 2000 * MS);
    until("the bulkhead has followed", LIMIT, || bulkhead.snapshot().active == 0);
    assert!(segment.path().is_some_and(|path| path.exists()), "made anew");
    assert!(limiter.try_acquire(1).is_ok(), "on the new file");
    assert_eq!((limiter.config(), limiter.snapshot().admitted), (LimiterConfig::per_minute(7), 1));
    assert_eq!(bulkhead.config(), BulkheadConfig::new(1));
    let new = bulkhead.try_enter().expect("free");
    let number = new.into_raw();
    raw.go();
    drop(old);
    assert_eq!(bulkhead.snapshot().active, 1, "an old permit leaves nothing on the new file");
    assert!(!bulkhead.snapshot().private && !limiter.snapshot().private);

    std::fs::remove_dir_all(folder.parent().expect("above")).expect("removed");
    at(START + 4000 * MS);
    until("the bulkhead is on its own", LIMIT, || bulkhead.snapshot().private);
    assert!(limiter.snapshot().private);
    assert!(bulkhead.permit_from_raw(number).is_none(), "that seat was on a file that is lost");
    assert!(bulkhead.try_enter().is_ok() && limiter.try_acquire(1).is_ok());
}
