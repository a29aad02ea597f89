use holysheep_cb::{Bulkhead, BulkheadConfig, ErrorKind, Segment};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

fn bulkhead(config: BulkheadConfig) -> Bulkhead {
    Bulkhead::builder().segment(&Segment::private()).config(config).open("relay").expect("a bulkhead")
}

#[test]
fn no_more_than_the_limit_are_in() {
    let bulkhead = bulkhead(BulkheadConfig::new(2));
    let (first, second) = (bulkhead.try_enter().expect("free"), bulkhead.try_enter().expect("free"));
    let full = bulkhead.try_enter().expect_err("two are in");
    assert_eq!((full.limit, full.waiting), (2, 0));
    let shown = bulkhead.snapshot();
    assert_eq!((shown.active, shown.available, shown.waiting, shown.entered, shown.refused), (2, 0, 0, 2, 1));
    drop(first);
    let third = bulkhead.try_enter().expect("one has left");
    drop((second, third));
    assert_eq!((bulkhead.snapshot().active, bulkhead.snapshot().available), (0, 2));
}

#[test]
fn who_leaves_lets_the_next_one_in() {
    let bulkhead = bulkhead(BulkheadConfig::new(1));
    let permit = bulkhead.try_enter().expect("free");
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| bulkhead.enter(Duration::from_secs(60)).map(drop));
        while bulkhead.snapshot().waiting == 0 {
            std::thread::yield_now();
        }
        let begun = Instant::now();
        drop(permit);
        waiter.join().expect("no panic").expect("there was patience");
        assert!(begun.elapsed() < Duration::from_secs(30));
    });
    assert_eq!(bulkhead.snapshot().waiting, 0);
}

#[test]
fn waiting_has_an_end_and_so_has_the_queue() {
    let bulkhead = bulkhead(BulkheadConfig::new(1).max_waiting(1));
    let _permit = bulkhead.try_enter().expect("free");
    let begun = Instant::now();
    bulkhead.enter(Duration::from_millis(50)).expect_err("nobody leaves");
    assert!(begun.elapsed() >= Duration::from_millis(50));
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| bulkhead.enter(Duration::from_secs(5)).map(drop));
        while bulkhead.snapshot().waiting == 0 {
            std::thread::yield_now();
        }
        let begun = Instant::now();
        let full = bulkhead.enter(Duration::from_secs(60)).expect_err("one waits already");
        assert!(full.waiting <= 1 && begun.elapsed() < Duration::from_secs(30));
        waiter.join().expect("no panic").expect_err("nobody leaves");
    });
    bulkhead.configure(BulkheadConfig::new(1).max_waiting(0)).expect("in range");
    bulkhead.enter(Duration::from_secs(60)).expect_err("nobody may wait");
}

#[test]
fn a_lowered_limit_lets_nobody_in_until_enough_have_left() {
    let bulkhead = bulkhead(BulkheadConfig::new(4));
    let mut permits: Vec<_> = (0..4).map(|_| bulkhead.try_enter().expect("free")).collect();
    bulkhead.configure(BulkheadConfig::new(2)).expect("in range");
    for _ in 0..2 {
        drop(permits.remove(0)); // the low seats, which a new limit of 2 would find free
        assert!(bulkhead.try_enter().is_err());
    }
    assert_eq!((bulkhead.snapshot().active, bulkhead.snapshot().available), (2, 0));
    drop(permits.remove(0));
    assert!(bulkhead.try_enter().is_ok());
    bulkhead.configure(BulkheadConfig::new(512)).expect("in range");
    let all: Vec<_> = std::iter::from_fn(|| bulkhead.try_enter().ok()).collect();
    assert_eq!(all.len(), 511);
    let error = bulkhead.configure(BulkheadConfig::new(0)).expect_err("out of range");
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Config, "limit is 0, but must be within 1..=512")
    );
}

/// Eight threads at three seats: never more than three are in. Nobody leaves before three were, and one more was refused.
#[test]
fn threads_crowd_at_the_door() {
    let bulkhead = bulkhead(BulkheadConfig::new(3));
    let (inside, most, refused) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (bulkhead, inside, most, refused) = (&bulkhead, &inside, &most, &refused);
            scope.spawn(move || {
                for round in 0..2000 {
                    let patience = Duration::from_secs(if (number + round) % 4 == 0 { 0 } else { 60 });
                    let Ok(permit) = bulkhead.enter(patience) else {
                        refused.fetch_add(1, Ordering::SeqCst);
                        continue;
                    };
                    let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
                    let is_first = now == 3 && most.load(Ordering::SeqCst) < 3;
                    let fourth = is_first.then(|| bulkhead.try_enter());
                    most.fetch_max(now, Ordering::SeqCst);
                    while most.load(Ordering::SeqCst) < 3 {
                        assert!(begun.elapsed() < Duration::from_secs(30), "three are never in");
                        std::thread::yield_now();
                    }
                    if let Some(fourth) = fourth {
                        fourth.expect_err("three are in");
                        refused.fetch_add(1, Ordering::SeqCst);
                    }
                    if round % 16 == 0 {
                        std::thread::yield_now();
                    }
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(permit);
                }
            });
        }
    });
    let shown = bulkhead.snapshot();
    assert_eq!(most.load(Ordering::SeqCst), 3);
    assert_eq!((shown.active, shown.waiting, shown.reclaimed), (0, 0, 0));
    assert_eq!(shown.refused, u64::from(refused.load(Ordering::SeqCst)));
    assert_eq!(shown.entered + shown.refused, 16_001);
}

#[test]
fn a_place_in_the_queue() {
    let bulkhead = bulkhead(BulkheadConfig::new(1).max_waiting(1));
    let seated = bulkhead.line_up().expect("free");
    let queued = bulkhead.line_up().expect("one may wait");
    let full = bulkhead.line_up().expect_err("no other may");
    assert_eq!((full.limit, full.waiting), (1, 1));
    assert_eq!(
        (bulkhead.snapshot().active, bulkhead.snapshot().waiting, bulkhead.snapshot().refused),
        (1, 1, 1)
    );
    let permit = seated.enter(Duration::ZERO).expect("it has its seat");
    let mut queued = queued.enter(Duration::from_millis(1)).expect_err("nobody has left");
    assert!(!queued.wait(Duration::ZERO));
    drop(permit);
    assert!(queued.wait(Duration::ZERO) && queued.wait(Duration::ZERO));
    assert_eq!((bulkhead.snapshot().active, bulkhead.snapshot().waiting), (1, 0));
    let permit = queued.enter(Duration::ZERO).expect("free");
    assert_eq!((bulkhead.snapshot().entered, bulkhead.snapshot().waiting), (2, 0));
    assert_eq!(bulkhead.line_up().expect("one may wait").give_up().waiting, 0);
    drop(bulkhead.line_up().expect("one may wait")); // cancelled, which is no refusal
    drop(permit);
    drop(bulkhead.line_up().expect("free"));
    let shown = bulkhead.snapshot();
    assert_eq!((shown.active, shown.waiting, shown.refused), (0, 0, 2));
    bulkhead.configure(BulkheadConfig::new(1).max_waiting(0)).expect("in range");
    assert!(bulkhead.line_up().is_ok(), "a free seat needs no queue");
}
