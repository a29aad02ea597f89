//! Slots claimed by name (`segment::directory`): nobody waits, nothing is lost, whoever dies.

use crate::layout::Kind;
use crate::prim::{AtomicU64, Ordering};
use crate::segment::{Directory, Record, Slot, name_hash};
use loom::sync::Arc;

struct Table {
    allocated: AtomicU64,
    slots: [Slot; 4],
    owners: [AtomicU64; 2],
    records: [Record; 2],
}

impl Table {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            allocated: AtomicU64::new(0),
            slots: std::array::from_fn(|_| Slot::new()),
            owners: crate::prim::zeros(),
            records: std::array::from_fn(|_| Record::new()),
        })
    }

    fn view(&self) -> Directory<'_> {
        let Self { allocated, slots, owners, records } = self;
        Directory { allocated, slots, owners, records }
    }

    /// A creator that is killed after so many of its first steps.
    fn die_creating(&self, name: &str, steps: usize) {
        let number = name_hash(name) as usize & 3;
        if steps > 0 {
            // ORDERING: as the directory's own claim.
            let _ = self.slots[number].hash().compare_exchange(
                0,
                name_hash(name),
                Ordering::AcqRel,
                Ordering::Acquire,
            );
        }
        if steps > 1 {
            // ORDERING: as the directory's own.
            let _ =
                self.owners[0].compare_exchange(0, number as u64 + 1, Ordering::AcqRel, Ordering::Acquire);
        }
        // Unless the live one was faster, and has the first cell.
        // ORDERING: as the directory's own.
        if steps > 2 && self.owners[0].load(Ordering::Acquire) == number as u64 + 1 {
            let _ = self.slots[number].cell().compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire);
        }
    }
}

/// Two creators of one name and of different names, one of which dies on its way: each name has one cell, and the other
/// cell is still to be had.
fn two_creators(other: &'static str, steps: usize) {
    loom::model(move || {
        let table = Table::new();
        let dying = {
            let table = Arc::clone(&table);
            loom::thread::spawn(move || table.die_creating("a", steps))
        };
        let live = table.view().claim(Kind::Breaker, other).expect("there is room");
        dying.join().expect("no panic");
        // A cell that was found is counted: it has a name for whoever lists them.
        assert!(table.view().allocated() > live);
        let (a, b) = (table.view().claim(Kind::Breaker, "a"), table.view().claim(Kind::Breaker, "b"));
        let (a, b) = (a.expect("a has room"), b.expect("b has room"));
        assert_ne!(a, b);
        assert_eq!(table.view().allocated(), 2);
        assert_eq!(live, if other == "a" { a } else { b });
        assert_eq!(table.view().find(Kind::Breaker, "a"), Some(a));
        assert_eq!(
            (table.view().name(Kind::Breaker, a).as_deref(), table.view().name(Kind::Breaker, b).as_deref()),
            (Some("a"), Some("b"))
        );
        assert!(table.view().claim(Kind::Breaker, "c").is_err());
    });
}

#[test]
fn a_creator_of_the_same_name_dies_after_its_claim() {
    two_creators("a", 1);
}

#[test]
fn a_creator_of_the_same_name_dies_while_it_takes_a_cell() {
    two_creators("a", 2);
}

#[test]
fn a_creator_of_the_same_name_dies_before_its_cell_is_counted() {
    two_creators("a", 3);
}

#[test]
fn a_creator_of_another_name_dies_while_it_takes_a_cell() {
    two_creators("b", 2);
}

/// Two whole creators of one name: one cell.
#[test]
fn two_creators_of_one_name_share_a_cell() {
    loom::model(|| {
        let table = Table::new();
        let other = Arc::clone(&table);
        let thread =
            loom::thread::spawn(move || other.view().claim(Kind::Breaker, "a").expect("there is room"));
        let mine = table.view().claim(Kind::Breaker, "a").expect("there is room");
        assert_eq!(thread.join().expect("no panic"), mine);
        assert_eq!(table.view().allocated(), 1);
    });
}
