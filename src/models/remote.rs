//! What the fleet does to a breaker races what its own calls do: it never takes back what is the host's own.

use super::{Lane, MS, S, race};
use crate::breaker::Gate;
use crate::config::Config;
use crate::journal::{Found, NO_NOTE};
use crate::layout::Site as _;
use crate::outcome::{Mode, Outcome, Reason, Wish};

fn wish(lane: &Lane, wish: Wish, now: u64) -> bool {
    Gate::new(lane).wish(wish, &NO_NOTE, now)
}

/// A failure trips while the fleet opens for longer. Whoever comes first, there is one opening, it lasts as long as the
/// fleet wishes, and it is known what of it is the host's own.
#[test]
fn the_fleet_opens_while_a_rule_trips() {
    loom::model(|| {
        let lane = Lane::new(Config::new().failure_threshold(1).failure_rate(0.0));
        let permit = lane.admit(S);
        race(
            &lane,
            move |l| l.record(permit, Outcome::Failure, S),
            |l| {
                wish(l, Wish::Open { until_ms: 61_000 }, S);
            },
        );
        let shown = lane.show(S);
        assert_eq!((shown.mode, shown.totals.opened), (Mode::Open, 1));
        assert_eq!(shown.open_remaining_ns, 60 * S);
        // Whoever opened it: a rule, whose opening of 30 s is the host's own, or the fleet.
        let Found::Event(first) = lane.events().find(1) else { panic!("an opening is told of") };
        let own = if first.reason == Reason::Failure { 30 * S } else { 0 };
        assert_eq!((shown.own_open_remaining_ns, shown.remote), (own, true));
        lane.check_events(S);
    });
}

/// A server's waiting time arrives while the fleet takes back its opening: the server is heard, or the breaker was
/// half-open by then and the hint came late.
#[test]
fn the_fleet_takes_back_while_a_hint_arrives() {
    loom::model(|| {
        let lane = Lane::new(Config::new());
        let permit = lane.admit(S);
        assert!(wish(&lane, Wish::Open { until_ms: 20_000 }, S));
        race(
            &lane,
            move |l| l.throttle(permit, 60_000, 2 * S),
            |l| {
                wish(l, Wish::HalfOpen, 2 * S);
            },
        );
        let shown = lane.show(2 * S + MS);
        match shown.mode {
            Mode::HalfOpen => assert_eq!(shown.totals.half_opened, 1),
            Mode::Open => {
                assert_eq!(shown.open_remaining_ns, 60 * S - MS);
                assert_eq!((shown.own_open_remaining_ns, shown.remote), (shown.open_remaining_ns, false));
                assert!(!wish(&lane, Wish::HalfOpen, 2 * S + MS), "the server's time is the host's own");
            }
            other => panic!("{other}"),
        }
        assert_eq!(shown.totals.late, 1);
        lane.check_events(2 * S + MS);
    });
}

/// Whoever sees the fleet's opening sees that it is the fleet's (SYNC-WORD): else a host would vote for what others said.
#[test]
fn an_opening_of_the_fleet_is_never_taken_for_the_hosts_own() {
    loom::model(|| {
        let lane = Lane::new(Config::new());
        race(
            &lane,
            |l| {
                wish(l, Wish::Open { until_ms: 61_000 }, S);
            },
            |l| {
                let state = l.cell().word.load();
                let own = l.cell().lent.own_deadline_ms(state);
                assert!(state.is_closed() || own == 0, "{state:?} has {own} of its own");
            },
        );
    });
}
