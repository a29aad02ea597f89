//! S6: the window across a tick's edge, and across a reopening.

use super::{Lane, MS, S, race};
use crate::config::{Config, Window};
use crate::outcome::{Mode, Outcome};
use std::time::Duration;

/// A window of two ticks of one second.
fn ticking() -> Config {
    Config::new().window_length(Duration::from_secs(2)).window_buckets(2)
}

/// A success opens the next tick while another is counted in the old one or the new: each is in the window.
#[test]
fn a_tick_rolls_over_while_a_call_is_counted() {
    loom::model(|| {
        let lane = Lane::new(ticking());
        let edge = 10 * S;
        lane.call(Outcome::Success, edge - 500 * MS);
        race(&lane, move |l| l.call(Outcome::Success, edge), move |l| l.call(Outcome::Success, edge - MS));
        let shown = lane.show(edge);
        assert_eq!((shown.window_calls, shown.totals.successes), (3, 3));
        // When the old tick has left the window, what is still there was counted in the new one.
        let left = lane.show(edge + S).window_calls;
        assert!((1..=2).contains(&left), "{left}");
    });
}

/// Two threads open the same tick at once: it is opened once, and no call is lost.
#[test]
fn two_threads_open_a_tick() {
    loom::model(|| {
        let lane = Lane::new(ticking());
        lane.call(Outcome::Success, S);
        race(&lane, move |l| l.call(Outcome::Failure, 2 * S), move |l| l.call(Outcome::Success, 2 * S));
        let shown = lane.show(2 * S);
        assert_eq!((shown.window_calls, shown.window_failures), (3, 1));
        let later = lane.show(3 * S);
        assert!(later.window_calls <= 2 && later.window_failures == 1, "{later:?}");
    });
}

/// Two calls of a window of calls at once: both are in it, and the second failure trips.
#[test]
fn two_calls_enter_a_window_of_calls() {
    loom::model(|| {
        let config =
            Config::new().window(Window::Calls).window_calls(4).failure_threshold(2).failure_rate(0.0);
        let lane = Lane::new(config);
        let permits = [lane.admit(S), lane.admit(S)];
        race(
            &lane,
            move |l| l.record(permits[0], Outcome::Failure, S),
            move |l| l.record(permits[1], Outcome::Failure, S),
        );
        let shown = lane.show(S);
        assert_eq!((shown.mode, shown.totals.opened), (Mode::Open, 1));
        lane.check_events(S);
    });
}

/// Four calls in the window, in whatever order the two threads' three came: at most two of five have failed, so a rate of
/// 45 % is never reached. A judge that took the successes of an earlier moment than the failures would see two of four.
#[test]
fn a_rate_is_judged_over_the_calls_of_one_moment() {
    loom::model(|| {
        let lane = Lane::new(Config::new().failure_threshold(1).failure_rate(0.45));
        lane.call(Outcome::Success, S);
        lane.call(Outcome::Success, S);
        let later = S + MS;
        let permits = [lane.admit(later), lane.admit(later), lane.admit(later)];
        race(
            &lane,
            move |l| l.record(permits[0], Outcome::Failure, later),
            move |l| {
                l.record(permits[1], Outcome::Success, later);
                l.record(permits[2], Outcome::Failure, later);
            },
        );
        assert_eq!(lane.mode(), Mode::Closed);
        let shown = lane.show(later);
        assert_eq!((shown.window_calls, shown.window_failures), (5, 2));
    });
}

/// The same for slow calls, which are successes and slow: neither is seen without the other.
#[test]
fn a_slow_rate_is_judged_over_the_calls_of_one_moment() {
    loom::model(|| {
        let slow = Duration::from_millis(1);
        let lane = Lane::new(Config::new().min_calls(1).slow_call(slow).slow_rate(0.45).failure_threshold(0));
        lane.call(Outcome::Success, S);
        lane.call(Outcome::Success, S);
        let later = S + MS;
        let permits = [lane.admit(S), lane.admit(later), lane.admit(S)];
        race(
            &lane,
            move |l| l.record(permits[0], Outcome::Success, later),
            move |l| {
                l.record(permits[1], Outcome::Success, later);
                l.record(permits[2], Outcome::Success, later);
            },
        );
        assert_eq!(lane.mode(), Mode::Closed);
        let shown = lane.show(later);
        assert_eq!((shown.window_calls, shown.window_slow), (5, 2));
    });
}

/// A success opens the next tick while another thread's failure is followed by three successes: where the old tick has left
/// the window and the failure has not, the successes that came after it are there, too.
#[test]
fn a_tick_begins_with_no_failure_that_has_lost_its_successes() {
    loom::model(|| {
        let lane = Lane::new(ticking());
        let edge = 10 * S;
        lane.call(Outcome::Success, edge - 500 * MS);
        race(
            &lane,
            move |l| l.call(Outcome::Success, edge),
            move |l| {
                l.call(Outcome::Failure, edge - MS);
                l.call(Outcome::Success, edge - MS);
                l.call(Outcome::Success, edge - MS);
                l.call(Outcome::Success, edge);
            },
        );
        let left = lane.show(edge + S);
        assert!(left.window_failures == 0 || left.window_calls >= 4, "{left:?}");
    });
}
