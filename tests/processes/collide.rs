//! Two names of one hash: each has a slot and a breaker of its own, whoever comes first and also if all come at once.

use crate::child::{self, directory};
use crate::kit::{Fork, shared_words, small};
use holysheep_cb::{Breaker, ErrorKind, Segment};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// FNV-1a gives both 0xd10cee3a1249c675, and so does every pair with the same ending. The second is one word longer.
const NAMES: [&str; 2] = ["f33b3d072648a245", "de01724ef7d7d984-"];

#[test]
fn two_names_of_one_hash() {
    child::play("collide");
}

fn call(segment: &Segment, name: &str, calls: u64) -> u64 {
    let breaker = Breaker::builder().segment(segment).open(name).expect("a breaker");
    (0..calls).for_each(|_| breaker.admit().expect("closed admits").success());
    breaker.snapshot().totals.successes
}

pub(crate) fn role() {
    let hash = |name: &str| {
        name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
    };
    assert_eq!(hash(NAMES[0]), hash(NAMES[1]));
    for order in [[0, 1], [1, 0]] {
        let [first, second] = order.map(|i| NAMES[i]);
        let segment = small(2).open("collide").expect("the segment");
        assert_eq!((call(&segment, first, 1), call(&segment, second, 10)), (1, 10));
        assert_eq!((call(&segment, first, 1), call(&segment, second, 10)), (2, 20), "each is found again");
        assert_both(&segment);
    }
    for round in 0..300 {
        let (segment, gate) = (small(2).open("collide").expect("the segment"), shared_words(1));
        let openers: Vec<_> = (0..4)
            .map(|me| {
                Fork::run(|| {
                    while gate[0].load(Ordering::SeqCst) == 0 {
                        std::hint::spin_loop();
                    }
                    call(&segment, NAMES[me % 2], 1);
                })
            })
            .collect();
        gate[0].store(1, Ordering::SeqCst);
        openers.into_iter().for_each(|opener| opener.join("an opener", Duration::from_secs(20)));
        assert_eq!(NAMES.map(|name| call(&segment, name, 0)), [2, 2], "round {round}");
        assert_both(&segment);
    }
}

/// There are these two, and no room for a third; then the segment goes.
fn assert_both(segment: &Segment) {
    let mut names = segment.names();
    names.sort();
    assert_eq!(names, [NAMES[1], NAMES[0]]);
    let third = Breaker::builder().segment(segment).open("third").map_err(|error| error.kind());
    assert_eq!(third.err(), Some(ErrorKind::Full));
    std::fs::remove_file(directory().join("collide")).expect("removed");
}
