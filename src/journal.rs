//! The ring of events (S14): written by whoever makes a transition, read by any number of processes, each at its own
//! place. Writers never wait; a reader that falls behind, or finds a slot torn by a writer that was stopped or killed,
//! is told how many events it missed.
//!
//! A writer takes a sequence number, writes the slot, a checksum over number and content, and last the number. Two
//! writers of different rounds may meet in a slot if one was stopped meanwhile; then the checksum fails and the slot
//! counts as missed.
//!
//! # Orderings
//! - SYNC-EVENT: the number is stored (Release) after the content and loaded (Acquire) before it.
//! - SYNC-WAKE: `wake` is raised (Release) after the number is stored, and read (Acquire) by a waiter before it looks
//!   for events: an event that it did not see raises `wake` afterwards, and the wait returns at once.

use crate::outcome::{Mode, Reason};
#[cfg(any(test, loom))]
use crate::prim::zeros;
use crate::prim::{AtomicU32, AtomicU64, Ordering};
use std::ops::RangeInclusive;

/// A name in words: up to 127 bytes, and the length in the last byte. One word under loom.
pub(crate) const NAME_WORDS: usize = if cfg!(loom) { 1 } else { 16 };
/// The longest name of a breaker, in bytes.
pub(crate) const NAME_MAX: usize = NAME_WORDS * 8 - 1;
/// Words of a slot beside its number and checksum: time, facts, generation, name, note.
const CONTENT: usize = 3 + 2 * NAME_WORDS;
/// Where in them the note begins.
const NOTE_AT: usize = 3 + NAME_WORDS;

/// A name as words: bytes in order, the length in the last byte, so that the last word of a name is never zero.
pub(crate) type NameWords = [u64; NAME_WORDS];
/// A note in the same form; zeros are the empty one.
pub(crate) type NoteWords = NameWords;
/// What transitions that nobody made say.
pub(crate) const NO_NOTE: NoteWords = [0; NAME_WORDS];

/// A transition, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its number in the segment, from 1.
    pub sequence: u64,
    /// When it happened, in ns of the segment's clock.
    pub time_ns: u64,
    /// The breaker's name.
    pub breaker: String,
    /// The mode before.
    pub from: Mode,
    /// The mode after.
    pub to: Mode,
    /// Why.
    pub reason: Reason,
    /// The breaker's generation after it.
    pub generation: u16,
    /// The process that made it; for display only.
    pub pid: u32,
    /// Who made it and why, as the operator said; empty for what breakers do by themselves.
    pub note: String,
}

/// What a writer says of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) time: u64,
    pub(crate) breaker: &'a NameWords,
    pub(crate) from: Mode,
    pub(crate) to: Mode,
    pub(crate) reason: Reason,
    pub(crate) generation: u16,
    pub(crate) pid: u32,
    pub(crate) note: &'a NoteWords,
}

/// What is found at a sequence number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The event.
    Event(Event),
    /// Its writer has not finished, or was killed: no later writer has been here.
    Pending,
    /// Overwritten or torn.
    Missed,
}

#[repr(C)]
struct Slot {
    number: AtomicU64,
    check: AtomicU64,
    content: [AtomicU64; CONTENT],
}

/// The ring, of `N` events.
#[repr(C)]
pub(crate) struct Journal<const N: usize> {
    head: AtomicU64,
    wake: AtomicU32,
    _unused: u32,
    slots: [Slot; N],
}

impl<const N: usize> Journal<N> {
    #[cfg(any(test, loom))]
    pub(crate) fn new() -> Self {
        let slot = |_| Slot { number: AtomicU64::new(0), check: AtomicU64::new(0), content: zeros() };
        Self {
            head: AtomicU64::new(0),
            wake: AtomicU32::new(0),
            _unused: 0,
            slots: std::array::from_fn(slot),
        }
    }

    fn slot(&self, sequence: u64) -> &Slot {
        &self.slots[(sequence % N as u64) as usize]
    }

    /// Writes an event. The caller then wakes those who wait on [`Journal::wake_word`].
    pub(crate) fn write(&self, entry: &Entry<'_>) {
        // ORDERING: Relaxed; the number only chooses the slot, its content is published below.
        let sequence = self.head.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let slot = self.slot(sequence);
        let content = entry.words();
        for (word, value) in slot.content.iter().zip(content) {
            // ORDERING: Relaxed, both; SYNC-EVENT publishes them.
            word.store(value, Ordering::Relaxed);
        }
        slot.check.store(checksum(sequence, &content), Ordering::Relaxed);
        // ORDERING: Release, SYNC-EVENT.
        slot.number.store(sequence, Ordering::Release);
        // ORDERING: Release, SYNC-WAKE.
        self.wake.fetch_add(1, Ordering::Release);
    }

    /// The word that changes with every event, to wait on.
    pub(crate) fn wake_word(&self) -> &AtomicU32 {
        &self.wake
    }

    /// The numbers of the events that may be there: never more than the ring has slots, whatever a hostile writer does to
    /// the head meanwhile, for it is read once. Empty while there are none.
    pub(crate) fn kept(&self) -> RangeInclusive<u64> {
        // ORDERING: Acquire; a caller that starts "from now on" must not then see events from before its call.
        let last = self.head.load(Ordering::Acquire);
        last.saturating_sub(N as u64 - 1).max(1)..=last
    }

    /// Looks for the event with this number, which is not above the end of [`Journal::kept`].
    pub(crate) fn find(&self, sequence: u64) -> Found {
        let slot = self.slot(sequence);
        // ORDERING: Acquire, SYNC-EVENT.
        let number = slot.number.load(Ordering::Acquire);
        if number < sequence {
            return Found::Pending;
        }
        // ORDERING: Relaxed; the checksum tells whether a later writer came between.
        let content: [u64; CONTENT] = std::array::from_fn(|i| slot.content[i].load(Ordering::Relaxed));
        let check = slot.check.load(Ordering::Relaxed);
        if number != sequence || check != checksum(sequence, &content) {
            return Found::Missed;
        }
        read(sequence, &content).map_or(Found::Missed, Found::Event)
    }
}

impl Entry<'_> {
    fn words(&self) -> [u64; CONTENT] {
        let facts =
            self.from as u64 | (self.to as u64) << 8 | (self.reason as u64) << 16 | u64::from(self.pid) << 32;
        let mut words = [0; CONTENT];
        words[..3].copy_from_slice(&[self.time, facts, u64::from(self.generation)]);
        words[3..NOTE_AT].copy_from_slice(self.breaker);
        words[NOTE_AT..].copy_from_slice(self.note);
        words
    }
}

/// `None` for words that no writer of ours writes.
fn read(sequence: u64, content: &[u64; CONTENT]) -> Option<Event> {
    let byte = |i: u32| (content[1] >> (8 * i)) as u32 & 0xff;
    let text = |from: usize| std::array::from_fn(|i| content[from + i]);
    Some(Event {
        sequence,
        time_ns: content[0],
        breaker: name_from_words(&text(3))?,
        from: Mode::from_number(byte(0))?,
        to: Mode::from_number(byte(1))?,
        reason: Reason::from_number(byte(2))?,
        generation: content[2] as u16,
        pid: (content[1] >> 32) as u32,
        note: text_from_words(&text(NOTE_AT))?,
    })
}

/// A name of at most [`NAME_MAX`] bytes as words; what is longer is cut.
pub(crate) fn name_to_words(name: &str) -> NameWords {
    let mut bytes = [0; NAME_WORDS * 8];
    let length = name.len().min(NAME_MAX);
    bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
    bytes[NAME_MAX] = length as u8;
    std::array::from_fn(|i| u64::from_le_bytes(std::array::from_fn(|j| bytes[8 * i + j])))
}

/// A note as words: cut at a character's border, and every control character a space, for it is shown on terminals.
#[cfg(not(loom))]
pub(crate) fn note_to_words(note: &str) -> NoteWords {
    let mut plain = String::with_capacity(NAME_MAX);
    for c in note.trim().chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if plain.len() + c.len_utf8() > NAME_MAX {
            break;
        }
        plain.push(c);
    }
    name_to_words(&plain)
}

/// The name, unless the words are no name.
pub(crate) fn name_from_words(words: &NameWords) -> Option<String> {
    text_from_words(words).filter(|name| !name.is_empty())
}

/// The text, unless the words are none that a writer of ours writes.
fn text_from_words(words: &NameWords) -> Option<String> {
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    let text = bytes.get(..usize::from(bytes[NAME_MAX])).filter(|text| text.len() <= NAME_MAX)?;
    String::from_utf8(text.to_vec()).ok().filter(|text| !text.chars().any(char::is_control))
}

/// 64 bits that number and content would have to meet by chance.
fn checksum(sequence: u64, content: &[u64; CONTENT]) -> u64 {
    content.iter().fold(mix(sequence), |sum, &word| mix(sum ^ word))
}

/// The finaliser of splitmix64: every bit of the input reaches every bit of the result.
pub(crate) const fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn write<const N: usize>(journal: &Journal<N>, time: u64) {
        let (breaker, note) = (&name_to_words("a"), &note_to_words("why"));
        let entry = Entry {
            time,
            breaker,
            from: Mode::Closed,
            to: Mode::Open,
            reason: Reason::Row,
            generation: 2,
            pid: 7,
            note,
        };
        journal.write(&entry);
    }

    #[test]
    fn the_last_events_are_kept_in_order() {
        let journal = Journal::<4>::new();
        assert!(journal.kept().is_empty());
        assert_eq!(journal.find(1), Found::Pending);
        (1..=6).for_each(|time| write(&journal, time));
        assert_eq!(journal.kept(), 3..=6);
        for sequence in 3..=6 {
            let Found::Event(event) = journal.find(sequence) else { panic!("event {sequence} is gone") };
            assert_eq!((event.time_ns, event.breaker.as_str(), event.to), (sequence, "a", Mode::Open));
            assert_eq!(event.note, "why");
        }
        assert_eq!(journal.find(2), Found::Missed);
    }

    #[test]
    fn a_torn_slot_is_missed() {
        let journal = Journal::<4>::new();
        write(&journal, 1);
        let words = journal.slot(1).content.each_ref();
        for (i, word) in words.into_iter().enumerate() {
            let whole = word.load(Ordering::Relaxed);
            word.store(whole ^ 1, Ordering::Relaxed);
            assert_eq!(journal.find(1), Found::Missed, "word {i}");
            word.store(whole, Ordering::Relaxed);
        }
        assert!(matches!(journal.find(1), Found::Event(_)));
    }

    #[test]
    fn notes_are_cut_at_a_characters_border() {
        let read = |note: &str| text_from_words(&note_to_words(note)).expect("a note");
        for note in ["", "user alice: maintenance", &"ü".repeat(63)] {
            assert_eq!(read(note), note);
        }
        assert_eq!(read(&"ü".repeat(64)), "ü".repeat(63));
        assert_eq!(read(&format!("x{}", "模".repeat(50))), format!("x{}", "模".repeat(42)));
        assert_eq!(read(" two\nlines\x1b[31m "), "two lines [31m");
        assert_eq!(note_to_words(""), NO_NOTE);
    }

    #[test]
    fn names_up_to_127_bytes() {
        for name in ["a", "gpt-4.1|api.holysheep.ai", &"ü".repeat(63), &"x".repeat(127)] {
            let words = name_to_words(name);
            assert_ne!(words[NAME_WORDS - 1], 0);
            assert_eq!(name_from_words(&words).as_deref(), Some(name));
        }
        assert_eq!(name_from_words(&[0; NAME_WORDS]), None);
        assert_eq!(name_from_words(&[u64::MAX; NAME_WORDS]), None);
    }
}
