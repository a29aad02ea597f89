//! S8: a worker is killed while it holds the only probe.
//!
//! ```text
//! trip      probe taken, its process killed          lease over
//! |  open   | half-open, all rejected                | next admit: new episode, success closes
//! ```

use crate::child;
use crate::kit::{Fork, shared_words, small, until};
use holysheep_cb::{Breaker, Config, Mode, Reason, Segment};
use std::sync::atomic::Ordering;
use std::time::Duration;

const LEASE: Duration = Duration::from_millis(150);

#[test]
fn a_killed_probe_is_given_up_after_its_lease() {
    child::play("lease");
}

fn open() -> (Segment, Breaker) {
    let segment = small(4).open("lease").expect("the segment");
    let config = Config::new()
        .open(Duration::from_millis(1))
        .half_open_max_calls(1)
        .success_threshold(1)
        .probe_lease(LEASE);
    let breaker = Breaker::builder().segment(&segment).config(config).open("relay").expect("a breaker");
    (segment, breaker)
}

pub(crate) fn role() {
    let (segment, breaker) = open();
    let words = shared_words(1);
    for round in 1..=5 {
        breaker.trip();
        words[0].store(0, Ordering::SeqCst);
        let worker = Fork::run(|| {
            let (_segment, breaker) = open();
            until("the only probe", Duration::from_secs(10), || {
                let Ok(probe) = breaker.admit() else { return false };
                std::mem::forget(probe);
                words[0].store(holysheep_cb::ffi::hscb_now_ns(), Ordering::SeqCst);
                true
            });
            loop {
                std::thread::park();
            }
        });
        until("the probe is out", Duration::from_secs(10), || words[0].load(Ordering::SeqCst) != 0);
        worker.kill();
        worker.reap();
        assert_eq!((breaker.snapshot().mode, breaker.snapshot().probes_in_flight), (Mode::HalfOpen, 1));

        let mut events = segment.events();
        let mut probe = None;
        until("the lease's end", LEASE + Duration::from_secs(10), || {
            probe = breaker.admit().ok();
            probe.is_some()
        });
        // The worker stamped its probe a moment before it told us.
        let waited = holysheep_cb::ffi::hscb_now_ns() - words[0].load(Ordering::SeqCst);
        assert!(waited + 20_000_000 >= LEASE.as_nanos() as u64, "given up after {waited} ns");
        let told: Vec<_> = events.by_ref().map(|e| (e.from, e.to, e.reason)).collect();
        assert_eq!(told, [(Mode::HalfOpen, Mode::HalfOpen, Reason::Lease)]);
        assert_eq!(breaker.snapshot().totals.probes_lost, round);
        probe.expect("admitted").success();
        assert_eq!(breaker.snapshot().mode, Mode::Closed);
    }
}
