//! What other hosts do to a breaker (`Breaker::remote`), over the heap and over a shared segment alike.

use holysheep_cb::{Breaker, Config, ManualClock, Mode, Reason, Segment, Snapshot};
use std::time::Duration;

const S: Duration = Duration::from_secs(1);

struct Stage {
    segment: Segment,
    clock: ManualClock,
    breaker: Breaker<ManualClock>,
    told: u64,
}

impl Stage {
    fn new(config: Config) -> Self {
        let (segment, clock) = (Segment::private(), ManualClock::new());
        clock.advance(1000 * S);
        let builder = Breaker::builder().segment(&segment).config(config).clock(clock.clone());
        Self { breaker: builder.open("relay").unwrap(), segment, clock, told: 0 }
    }

    fn fail(&self, times: usize) {
        for _ in 0..times {
            self.breaker.admit().expect("admitted").failure();
        }
    }

    fn shown(&self) -> Snapshot {
        self.breaker.snapshot()
    }

    /// Mode, seconds that are left, those of them that are its own, and whether the fleet has made it so.
    fn state(&self) -> (Mode, f64, f64, bool) {
        let shown = self.shown();
        let seconds = |ns: u64| ns as f64 / 1e9;
        (shown.mode, seconds(shown.open_remaining_ns), seconds(shown.own_open_remaining_ns), shown.remote)
    }

    /// The transitions since the last time.
    fn story(&mut self) -> Vec<(Mode, Mode, Reason, String)> {
        let mut events = self.segment.events_from(self.told);
        let story = events.by_ref().map(|event| (event.from, event.to, event.reason, event.note)).collect();
        self.told = events.cursor();
        story
    }
}

#[test]
fn a_closed_breaker_opens_for_the_stated_time_and_probes_by_itself() {
    let mut stage = Stage::new(Config::new());
    assert!(stage.breaker.remote("2 of 3 hosts").open_for(20 * S));
    assert_eq!(stage.state(), (Mode::Open, 20.0, 0.0, true));
    assert!(stage.breaker.admit().is_err());
    stage.clock.advance(20 * S);
    stage.breaker.admit().expect("a probe").success();
    assert_eq!(stage.state(), (Mode::HalfOpen, 0.0, 0.0, false));
    let story = stage.story();
    assert_eq!(story[0], (Mode::Closed, Mode::Open, Reason::Remote, "2 of 3 hosts".into()));
    assert_eq!((story[1].1, story[1].2), (Mode::HalfOpen, Reason::Deadline));
}

#[test]
fn it_is_no_step_of_the_backoff() {
    let stage = Stage::new(Config::new().open(10 * S).open_backoff(2.0));
    stage.breaker.remote("").open_for(S);
    stage.clock.advance(S);
    stage.breaker.admit().expect("a probe").failure();
    assert_eq!(stage.state().1, 10.0, "the first step");
}

#[test]
fn a_deadline_is_never_shortened_and_its_extension_is_taken_back() {
    let mut stage = Stage::new(Config::new());
    stage.fail(5);
    assert_eq!(stage.state(), (Mode::Open, 30.0, 30.0, false));
    let remote = stage.breaker.remote("lease");
    assert!(!remote.open_for(10 * S));
    assert!(!remote.half_open(), "the opening is its own");
    assert!(remote.open_for(50 * S));
    assert!(!remote.open_for(50 * S), "it is so long already");
    assert_eq!(stage.state(), (Mode::Open, 50.0, 30.0, true));
    assert!(remote.half_open());
    assert_eq!(stage.state(), (Mode::Open, 30.0, 30.0, true), "its own deadline holds");
    assert!(remote.open_for(50 * S));
    stage.clock.advance(40 * S);
    assert!(remote.half_open());
    assert_eq!(stage.state(), (Mode::HalfOpen, 0.0, 0.0, false));
    let story: Vec<_> = stage.story().into_iter().map(|(_, to, reason, _)| (to, reason)).collect();
    assert_eq!(story, [(Mode::Open, Reason::Failure), (Mode::HalfOpen, Reason::Remote)]);
}

#[test]
fn what_comes_later_makes_the_opening_its_own() {
    let by_hint = Stage::new(Config::new());
    let in_flight = by_hint.breaker.admit().expect("admitted");
    let remote = by_hint.breaker.remote("");
    remote.open_for(20 * S);
    in_flight.throttled(60 * S);
    assert_eq!(by_hint.state(), (Mode::Open, 60.0, 60.0, false));
    assert!(!remote.half_open());

    let by_hand = Stage::new(Config::new());
    by_hand.breaker.remote("").open_for(20 * S);
    by_hand.breaker.trip_for(5 * S);
    assert_eq!(by_hand.state(), (Mode::Open, 5.0, 5.0, false));

    let by_probe = Stage::new(Config::new());
    by_probe.breaker.remote("").open_for(S);
    by_probe.clock.advance(S);
    by_probe.breaker.admit().expect("a probe").failure();
    assert_eq!(by_probe.state(), (Mode::Open, 30.0, 30.0, false));
}

#[test]
fn a_half_open_breaker_reopens_and_an_operators_mode_stays() {
    let stage = Stage::new(Config::new());
    stage.breaker.trip_for(S);
    stage.clock.advance(S);
    let probe = stage.breaker.admit().expect("a probe");
    assert!(stage.breaker.remote("").open_for(9 * S));
    probe.failure();
    assert_eq!((stage.state(), stage.shown().totals.late), ((Mode::Open, 9.0, 0.0, true), 1));
    for operate in [Breaker::force_open, Breaker::disable, Breaker::observe] as [fn(&Breaker<ManualClock>); 3]
    {
        operate(&stage.breaker);
        let before = stage.shown();
        let remote = stage.breaker.remote("");
        assert!(!remote.open_for(9 * S) && !remote.half_open() && !remote.release());
        assert_eq!(stage.shown(), before);
    }
}

#[test]
fn forced_open_by_the_fleet_is_released_by_the_fleet_alone() {
    let mut stage = Stage::new(Config::new());
    let remote = stage.breaker.remote("fleet: provider down");
    assert!(remote.force_open() && !remote.force_open());
    assert_eq!(stage.state(), (Mode::ForcedOpen, 0.0, 0.0, true));
    assert!(stage.breaker.admit().is_err() && !remote.half_open());
    assert!(remote.release() && !remote.release());
    assert_eq!(stage.state(), (Mode::Closed, 0.0, 0.0, false));
    stage.breaker.force_open();
    assert!(!stage.breaker.remote("").force_open() && !stage.breaker.remote("").release());
    assert_eq!(stage.state(), (Mode::ForcedOpen, 0.0, 0.0, false));
    let reasons: Vec<_> = stage.story().into_iter().map(|(.., reason, _)| reason).collect();
    assert_eq!(reasons, [Reason::Remote, Reason::Remote, Reason::Operator]);
}

#[test]
fn advice_halves_what_the_rules_ask_for_as_long_as_it_lasts() {
    let stage = Stage::new(Config::new());
    stage.breaker.remote("").advise_for(10 * S);
    assert_eq!(stage.shown().advised_remaining_ns, 10_000_000_000);
    stage.fail(2);
    assert_eq!(stage.breaker.mode(), Mode::Closed);
    stage.fail(1);
    assert_eq!(stage.state(), (Mode::Open, 30.0, 30.0, false), "3 of 5, and the opening is its own");

    let over = Stage::new(Config::new());
    over.breaker.remote("").advise_for(10 * S);
    over.clock.advance(10 * S);
    over.fail(4);
    assert_eq!((over.breaker.mode(), over.shown().advised_remaining_ns), (Mode::Closed, 0));

    let taken_back = Stage::new(Config::new());
    taken_back.breaker.remote("").advise_for(10 * S);
    taken_back.breaker.remote("").advise_for(Duration::ZERO);
    taken_back.fail(4);
    assert_eq!(taken_back.breaker.mode(), Mode::Closed);
}

#[test]
fn advice_is_heard_by_the_next_call_whatever_it_is() {
    let stage = Stage::new(Config::new().failure_rate(0.0));
    stage.fail(3);
    stage.breaker.admit().expect("admitted").success();
    assert_eq!(stage.breaker.mode(), Mode::Closed);
    stage.breaker.remote("").advise_for(10 * S);
    stage.breaker.admit().expect("admitted").success();
    assert_eq!(stage.breaker.mode(), Mode::Open, "3 failures are enough now");
}

#[test]
fn nothing_is_too_long_or_too_late() {
    let stage = Stage::new(Config::new());
    let remote = stage.breaker.remote("");
    remote.advise_for(Duration::MAX);
    assert_eq!(stage.shown().advised_remaining_ns, 0, "longer than a day is no advice");
    assert!(!remote.open_for(Duration::ZERO) || stage.state().1 == 0.0);
    stage.breaker.reset();
    remote.open_for(Duration::MAX);
    assert_eq!(stage.breaker.mode(), Mode::Open);
    assert!(remote.half_open());
}
