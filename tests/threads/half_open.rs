//! S8: half-open never admits more than its maximum, however many ask and however often permits come back.

use crate::arena::{Arena, BOTH, Kind, MS, Own, SECOND, at, times};
use crate::crowd::{self, Crowd};
use holysheep_cb::{Breaker, Config, EventReader, Mode, OwnedPermit, Reason};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

const PROBES: u32 = 5;

fn config(concurrent: u32) -> Config {
    Config::new()
        .open(Duration::from_millis(1))
        .half_open_max_calls(PROBES)
        .success_threshold(PROBES)
        .half_open_max_concurrent(concurrent)
        .probe_lease(Duration::from_secs(1))
}

/// Probes that are out as the test sees them: never more than there are.
#[derive(Default)]
struct Out {
    now: AtomicU32,
    most: AtomicU32,
    rejected: AtomicU64,
}

impl Out {
    fn probe(&self, breaker: &Breaker<Own>, at_most: u32, hold: bool) {
        let Ok(permit) = breaker.admit() else {
            self.rejected.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        assert!(now <= at_most, "{now} probes are out, {at_most} are allowed");
        self.most.fetch_max(now, Ordering::Relaxed);
        if hold {
            std::thread::yield_now();
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        permit.ignore();
    }
}

/// Probes are taken and given back without a verdict, 200,000 times: so the episode lasts, and the cap holds.
fn ignored_probes(kind: Kind, concurrent: u32) {
    let arena = Arena::new(kind);
    let breaker = arena.breaker("probes", config(concurrent));
    at(SECOND);
    breaker.trip();
    let at_most = if concurrent == 0 { PROBES } else { concurrent };
    let out = Out::default();
    let share = 200_000 * times() / crowd::size() as u64;
    let (crowd, _) = Crowd::run(crowd::size(), |me, crowd| {
        at(SECOND + MS);
        for i in 0..share {
            if i % 16 == 0 {
                crowd.turn(me);
            }
            out.probe(&breaker, at_most, i % 8 == 0);
        }
    });
    at(SECOND + MS);
    let shown = breaker.snapshot();
    assert_eq!((shown.mode, shown.probes_in_flight, shown.window_calls), (Mode::HalfOpen, 0, 0));
    assert_eq!((shown.totals.half_opened, shown.totals.probes_lost), (1, 0));
    assert_eq!(shown.totals.rejected, out.rejected.into_inner());
    assert_eq!(out.most.into_inner(), at_most, "the cap was never reached: no contention");
    assert!(crowd.turns() > 10, "threads took turns {} times only", crowd.turns());
    for _ in 0..PROBES {
        breaker.admit().expect("a probe may go").success();
    }
    assert_eq!(breaker.snapshot().mode, Mode::Closed);
}

#[test]
fn never_a_probe_too_many() {
    for kind in BOTH {
        ignored_probes(kind, 0);
        ignored_probes(kind, 2);
    }
}

/// What the lease rounds share.
struct Lease<'a> {
    breaker: &'a Breaker<Own>,
    crowd: &'a Crowd,
    lost: &'a Mutex<Vec<OwnedPermit<Own>>>,
}

impl Lease<'_> {
    /// ```text
    /// trip   all probes taken, none comes back      all ask            the lost ones come back, late
    /// |start |start + 1 ms                          |+ 1 s, the lease
    /// ```
    fn round(&self, me: usize, round: u64, events: &mut EventReader) {
        let start = (round + 1) * 10 * SECOND;
        if me == 0 {
            at(start);
            self.breaker.trip();
            at(start + MS);
            let probes = (0..PROBES).map(|_| self.breaker.admit_owned().expect("a probe"));
            self.lost.lock().unwrap().extend(probes);
            events.by_ref().for_each(drop);
        }
        at(start + MS + SECOND);
        self.crowd.gate();
        let probe = self.crowd.meet(|| self.breaker.admit().ok());
        self.crowd.gate();
        if me == 0 {
            let told: Vec<_> = events.by_ref().map(|e| (e.from, e.to, e.reason)).collect();
            assert_eq!(told, [(Mode::HalfOpen, Mode::HalfOpen, Reason::Lease)]);
            let shown = self.breaker.snapshot();
            assert_eq!(shown.probes_in_flight, PROBES);
            assert_eq!(shown.totals.probes_lost, u64::from(PROBES) * (round + 1));
            self.lost.lock().unwrap().drain(..).for_each(drop);
            let after = self.breaker.snapshot();
            assert_eq!((after.probes_in_flight, after.generation), (PROBES, shown.generation));
            assert_eq!(after.totals.late, shown.totals.late + u64::from(PROBES));
        }
        self.crowd.gate();
        if let Some(probe) = probe {
            probe.success();
        }
        self.crowd.gate();
        assert_eq!(self.breaker.snapshot().mode, Mode::Closed, "round {round}");
        self.crowd.gate();
    }
}

/// Every probe is lost, all ask at the moment the lease is over: one new episode with as many probes as one may have,
/// one event; and the old episode's probes, when they come back at last, change nothing.
#[test]
fn one_new_episode_when_the_lease_is_over() {
    for kind in BOTH {
        crowd::until_met(50, || {
            let arena = Arena::new(kind);
            let breaker = arena.breaker("lease", config(0));
            let lost = Mutex::new(Vec::new());
            let (crowd, _) = Crowd::run(crowd::size(), |me, crowd| {
                let lease = Lease { breaker: &breaker, crowd, lost: &lost };
                let mut events = arena.segment.events();
                (0..500 * times()).for_each(|round| lease.round(me, round, &mut events));
            });
            crowd.met()
        });
    }
}
