//! What stands beside a breaker: the limiter's turns (SYNC-TURN) and the bulkhead's bell (SYNC-SEAT).

use crate::gcra::{Gcra, Rate};
use crate::seats::{Bell, Seats};
use loom::sync::Arc;

const S: u64 = 1_000_000_000;
const NOW: u64 = 1000 * S;

/// Two calls ask at once where one may go: exactly one does, and the other would a second later.
#[test]
fn a_unit_is_given_once() {
    loom::model(|| {
        let gcra = Arc::new(Gcra::new());
        let rate = Rate::new(60, 60_000, 1);
        let other = Arc::clone(&gcra);
        let thread = loom::thread::spawn(move || other.take(&rate, 1, NOW, 0));
        let mine = gcra.take(&rate, 1, NOW, 0);
        let theirs = thread.join().expect("no panic");
        assert!(mine.is_ok() != theirs.is_ok(), "{mine:?} {theirs:?}");
        assert_eq!(mine.err().or(theirs.err()), Some(S));
    });
}

/// A turn is taken while a pause comes: it goes after the pause, or it was taken before; never between.
#[test]
fn a_turn_meets_a_pause() {
    loom::model(|| {
        let gcra = Arc::new(Gcra::new());
        let rate = Rate::new(60, 60_000, 1);
        gcra.take(&rate, 1, NOW, 0).expect("the first goes");
        let other = Arc::clone(&gcra);
        let pause = loom::thread::spawn(move || other.pause(&rate, NOW + 10 * S, NOW));
        let turn = gcra.take(&rate, 1, NOW, 60 * S).expect("there is patience");
        assert!(pause.join().expect("no panic"));
        let due = gcra.due_in(&turn, NOW);
        assert!(due >= 10 * S, "goes {due} ns from now, into the pause");
    });
}

/// Two pauses at once, one longer: time moves by the longer one, not by both.
#[test]
fn two_pauses_are_the_longer_one() {
    loom::model(|| {
        let gcra = Arc::new(Gcra::new());
        let rate = Rate::new(60, 60_000, 1);
        gcra.take(&rate, 1, NOW, 0).expect("the first goes");
        let turn = gcra.take(&rate, 1, NOW, S).expect("there is patience");
        let other = Arc::clone(&gcra);
        let pause = loom::thread::spawn(move || other.pause(&rate, NOW + 10 * S, NOW));
        gcra.pause(&rate, NOW + 4 * S, NOW);
        pause.join().expect("no panic");
        assert_eq!(gcra.due_in(&turn, NOW), 11 * S);
    });
}

/// The only seat is left while somebody sits down to wait: he finds it, or is seen waiting.
#[test]
fn a_seat_is_left_while_another_begins_to_wait() {
    loom::model(|| {
        let room = Arc::new((Seats::<1>::new(), Seats::<1>::new(), Bell::new()));
        room.0.take(1, 1).expect("it is free");
        let other = Arc::clone(&room);
        let leaving = loom::thread::spawn(move || {
            let (seats, queue, bell) = &*other;
            assert!(seats.leave(0, 1));
            bell.ring();
            queue.any()
        });
        let (seats, queue, bell) = &*room;
        queue.take(2, 1).expect("nobody waits");
        bell.listen();
        let found = seats.take(2, 1).is_some();
        let seen = leaving.join().expect("no panic");
        assert!(found || seen, "he sleeps beside a free seat");
    });
}

/// Three ask for two seats while one of a process that is gone is taken back: never more than two sit.
#[test]
fn seats_are_never_more_than_the_limit() {
    loom::model(|| {
        let seats = Arc::new(Seats::<3>::new());
        seats.take(9, 2).expect("it is free");
        let ask = |holder| {
            let seats = Arc::clone(&seats);
            loom::thread::spawn(move || {
                if holder == 1 {
                    seats.evict(9);
                }
                seats.take(holder, 2).is_some()
            })
        };
        let threads = [ask(1), ask(2)];
        let sat = threads.into_iter().map(|t| t.join().expect("no panic")).filter(|&s| s).count();
        assert_eq!(sat, seats.taken(0..3));
        assert_eq!(sat, 2, "two seats for two, once the dead one's is free");
    });
}
