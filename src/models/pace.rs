//! A limiter's time is changed while others read it (SYNC-LINE), and while units are taken.

use crate::gcra::{Gcra, Rate};
use crate::pace::{Clocked, Pace, Part};
use loom::sync::Arc;

const S: u64 = 1_000_000_000;
const NOW: u64 = 1000 * S;

fn part(percent: u32) -> Part {
    Part { floor: percent * 10_000, lent: 0, hosts: percent }
}

/// Two changes one after the other, of which the second goes where the first line was: who reads meanwhile finds one of
/// the three, and never parts of two.
#[test]
fn a_line_is_read_whole() {
    loom::model(|| {
        let pace = Arc::new(Pace::new());
        assert!(pace.change(part(10), NOW, NOW));
        let other = Arc::clone(&pace);
        // The one that changes it is first: loom looks for other orders from a load that comes after a store.
        let reader = loom::thread::spawn(move || other.course().expect("it was changed before"));
        assert!(pace.change(part(20), NOW + S, NOW + S));
        assert!(pace.change(part(30), NOW + 2 * S, NOW + 2 * S));
        let course = reader.join().expect("no panic");
        let n = u64::from(course.part.hosts / 10 - 1);
        assert_eq!(course.part, part(10 * (n as u32 + 1)));
        assert_eq!(course.until, NOW + n * S);
        let at = Clocked { course: Some(course) }.time(NOW + n * S) - NOW;
        assert_eq!(at, [0, S / 10, S / 10 + S / 5][n as usize]);
    });
}

/// The share is changed while a unit is taken and another is asked for: it is given once, and its turn is of the time that
/// the change goes on from.
#[test]
fn a_unit_is_given_once_while_the_share_changes() {
    loom::model(|| {
        let shared = Arc::new((Gcra::new(), Pace::new()));
        let rate = Rate::new(60, 60_000, 1);
        let take = move |(gcra, pace): &(Gcra, Pace)| {
            let time = Clocked { course: pace.course() }.time(NOW);
            gcra.take(&rate, 1, time, 0).is_ok()
        };
        let [one, other] = [Arc::clone(&shared), Arc::clone(&shared)];
        let threads = [one, other].map(|shared| loom::thread::spawn(move || take(&shared)));
        assert!(shared.1.change(part(50), 0, NOW));
        let [mine, theirs] = threads.map(|thread| thread.join().expect("no panic"));
        assert!(mine != theirs, "{mine} {theirs}");
        let course = Clocked { course: shared.1.course() };
        assert!(!take(&shared) && course.time(NOW + 2 * S) == NOW + S);
    });
}
