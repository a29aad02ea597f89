//! S5: of calls that complete a rule at once, exactly one trips, and at the latest the next recorded call notices.

use super::{Lane, MS, S, race};
use crate::config::Config;
use crate::outcome::{Mode, Outcome};

/// Two failures complete a threshold of two. SYNC-RING: the last to commit sees the other's stamp.
#[test]
fn two_failures_trip_once() {
    loom::model(|| {
        let lane = Lane::new(Config::new().failure_threshold(2).failure_rate(0.0));
        lane.call(Outcome::Success, S); // opens the tick
        let permits = [lane.admit(S), lane.admit(S)];
        race(
            &lane,
            move |l| l.record(permits[0], Outcome::Failure, S + MS),
            move |l| l.record(permits[1], Outcome::Failure, S + MS),
        );
        let shown = lane.show(S + MS);
        assert_eq!((shown.mode, shown.totals.opened), (Mode::Open, 1));
        assert_eq!(shown.totals.failures + shown.totals.late, 2);
        lane.check_events(S + MS);
    });
}

/// A failure finds that the rule holds but for `min_calls` while a success, which still reads the word as calm,
/// completes them: the next success at the latest trips (S15).
#[test]
fn a_success_that_completes_min_calls_races_the_arming() {
    loom::model(|| {
        let lane = Lane::new(Config::new().failure_threshold(1).failure_rate(0.1).min_calls(3));
        lane.call(Outcome::Success, S);
        let permits = [lane.admit(S), lane.admit(S), lane.admit(S)];
        race(
            &lane,
            move |l| l.record(permits[0], Outcome::Failure, S + MS),
            move |l| l.record(permits[1], Outcome::Success, S + MS),
        );
        let tripped = lane.mode() == Mode::Open;
        lane.record(permits[2], Outcome::Success, S + MS);
        assert_eq!(lane.mode(), Mode::Open);
        let totals = lane.show(S + MS).totals;
        assert_eq!(totals.opened, 1);
        assert_eq!(totals.failures + totals.successes + totals.late, 4);
        assert_eq!(totals.late, u64::from(tripped));
        lane.check_events(S + MS);
    });
}

/// A success clears `armed`, for what it saw did not arm, while a failure arms (SYNC-ARM): the flag is not lost, so the
/// call that completes `min_calls` trips.
#[test]
fn clearing_the_flag_does_not_lose_an_arming() {
    loom::model(|| {
        let lane = Lane::new(Config::new().failure_threshold(1).failure_rate(0.1).min_calls(4));
        lane.call(Outcome::Success, S); // opens the tick
        let permits = [lane.admit(S), lane.admit(S), lane.admit(S)];
        lane.arm(S);
        race(
            &lane,
            move |l| l.record(permits[0], Outcome::Failure, S + MS),
            move |l| l.record(permits[1], Outcome::Success, S + MS),
        );
        lane.record(permits[2], Outcome::Success, S + MS);
        assert_eq!(lane.mode(), Mode::Open);
        lane.check_events(S + MS);
    });
}
