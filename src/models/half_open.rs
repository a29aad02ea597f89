//! S8: probes are never more than the permits, and a lost probe's lease hands over once.

use super::{Lane, MS, S, race};
use crate::config::Config;
use crate::outcome::{Mode, Outcome};
use std::time::Duration;

fn probing(permits: u32) -> Config {
    Config::new().half_open_max_calls(permits).success_threshold(permits).probe_lease(Duration::from_secs(1))
}

/// Three threads ask for two permits of a breaker whose opening is over.
#[test]
fn three_threads_share_two_permits() {
    loom::model(|| {
        let lane = Lane::new(probing(2));
        lane.trip_for(1000, S);
        let ask = |lane: Lane| loom::thread::spawn(move || u32::from(lane.admit(3 * S) != 0));
        let threads = [ask(lane.clone()), ask(lane.other())];
        let mine = u32::from(lane.admit(3 * S) != 0);
        let admitted: u32 = threads.into_iter().map(|t| t.join().expect("no panic")).sum();
        assert_eq!(admitted + mine, 2);
        let shown = lane.show(3 * S);
        assert_eq!((shown.probes_in_flight, shown.totals.half_opened, shown.totals.rejected), (2, 1, 1));
        lane.check_events(3 * S);
    });
}

/// The lease of the only probe ends while its outcome arrives: either the outcome closes the breaker, or the next
/// episode has begun and the outcome is late. Nothing is counted twice, and nothing is stuck.
#[test]
fn a_lease_ends_while_its_outcome_arrives() {
    loom::model(|| {
        let lane = Lane::new(probing(1));
        lane.trip_for(1000, S);
        let probe = lane.admit(2 * S);
        assert_ne!(probe, 0);
        let later = 3 * S + MS;
        race(
            &lane,
            move |l| l.record(probe, Outcome::Success, later),
            move |l| {
                let _ = l.admit(later);
            },
        );
        let shown = lane.show(later);
        match shown.mode {
            Mode::Closed => assert_eq!((shown.totals.probes_lost, shown.totals.late), (0, 0)),
            Mode::HalfOpen => {
                assert_eq!((shown.totals.probes_lost, shown.totals.late, shown.probes_in_flight), (1, 1, 1));
            }
            other => panic!("{other}"),
        }
        lane.check_events(later);
    });
}
