//! S14: a reader never takes a torn slot for an event, not even when writers of two rounds meet in it.

use crate::journal::{Entry, Found, Journal, name_to_words};
use crate::outcome::{Mode, Reason};
use loom::sync::Arc;

fn write(journal: &Journal<1>, time: u64) {
    let (breaker, note) = (&name_to_words("model"), &name_to_words(["one", "two"][time as usize - 1]));
    let (from, to, reason) = (Mode::Closed, Mode::Open, Reason::Failure);
    journal.write(&Entry {
        time,
        breaker,
        from,
        to,
        reason,
        generation: time as u16,
        pid: time as u32,
        note,
    });
}

/// Two writers on a ring of one slot, and a reader: what is found is whole.
#[test]
fn a_reader_finds_whole_events_only() {
    loom::model(|| {
        let journal = Arc::new(Journal::<1>::new());
        let writers = [1, 2].map(|time| {
            let journal = Arc::clone(&journal);
            loom::thread::spawn(move || write(&journal, time))
        });
        for sequence in 1..=*journal.kept().end() {
            if let Found::Event(event) = journal.find(sequence) {
                assert_eq!(event.sequence, sequence);
                assert_eq!(
                    (u64::from(event.generation), u64::from(event.pid)),
                    (event.time_ns, event.time_ns)
                );
                assert_eq!(event.breaker, "model");
                assert_eq!(event.note, ["one", "two"][event.time_ns as usize - 1]);
            }
        }
        for writer in writers {
            writer.join().expect("no panic");
        }
        assert_eq!(journal.kept(), 2..=2);
    });
}
