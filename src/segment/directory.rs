//! Slots claimed by name, lock-free, and nobody waits: whoever opens a name carries out every step that an earlier
//! opener has not, so one that was killed or stopped half-way loses no slot and later overwrites nothing.
//!
//! 1. *claim*: CAS of the name's hash into a free slot of the open-addressed table;
//! 2. *own*: CAS of the slot into `owners[allocated]`, then of the cell's number into the slot, then of `allocated`
//!    plus one; whoever meets a half-done step of another slot carries it out first;
//! 3. *name*: the record's owner, a second hash, by CAS from zero, which decides between names of one hash; each word of the name by CAS from zero, the last word, which holds the length, last;
//! 4. *settle*: configuration and state word likewise (`Place::settle`).
//!
//! # Orderings
//! - SYNC-OWN: `allocated` is raised (AcqRel) after the slot has its cell. A claimer loads `allocated` (Acquire) and
//!   then finds its slot's cell still missing: so no entry of `owners` below names it, and it cannot get a second cell.
//! - SYNC-NAME: the last word of a name is written (Release) after the others and read (Acquire) before them.

use super::names;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{NAME_WORDS, NameWords, name_from_words, name_to_words};
use crate::layout::Kind;
use crate::prim::{AtomicU64, Ordering};

/// A slot of the table: claimed by the hash, then given a cell (its number plus one).
#[repr(C)]
pub(crate) struct Slot {
    hash: AtomicU64,
    cell: AtomicU64,
}

/// What a cell is for.
#[repr(C)]
pub(crate) struct Record {
    /// A second hash of the name, and the kind in the lowest byte: whoever sets it decides whose the cell is.
    owner: AtomicU64,
    name: [AtomicU64; NAME_WORDS],
}

#[cfg(loom)]
impl Slot {
    pub(crate) fn new() -> Self {
        Self { hash: AtomicU64::new(0), cell: AtomicU64::new(0) }
    }

    pub(crate) fn hash(&self) -> &AtomicU64 {
        &self.hash
    }

    pub(crate) fn cell(&self) -> &AtomicU64 {
        &self.cell
    }
}

#[cfg(loom)]
impl Record {
    pub(crate) fn new() -> Self {
        Self { owner: AtomicU64::new(0), name: crate::prim::zeros() }
    }
}

/// The table: a view of parts of a segment's memory. `slots` is a power of two long, `owners` and `records` as long as
/// the segment has cells.
#[derive(Clone, Copy)]
pub(crate) struct Directory<'a> {
    pub(crate) allocated: &'a AtomicU64,
    pub(crate) slots: &'a [Slot],
    pub(crate) owners: &'a [AtomicU64],
    pub(crate) records: &'a [Record],
}

impl Directory<'_> {
    /// How many cells have an owner; never more than there are.
    pub(crate) fn allocated(&self) -> usize {
        // ORDERING: Acquire, SYNC-OWN.
        let allocated = self.allocated.load(Ordering::Acquire);
        usize::try_from(allocated).unwrap_or(usize::MAX).min(self.owners.len())
    }

    /// The name of a cell of this kind; `None` while it has none.
    pub(crate) fn name(&self, kind: Kind, cell: usize) -> Option<String> {
        let words = read_name(self.records.get(cell)?);
        self.records[cell].is(kind, &words).then(|| name_from_words(&words))?
    }

    /// The cell of this kind with this name, created if there is none.
    pub(crate) fn claim(&self, kind: Kind, name: &str) -> Result<usize> {
        let words = name_to_words(name);
        self.search(name, true, |cell| {
            let record = self.records.get(cell)?;
            // Looked at first: of a name that is there, nothing is written.
            if !record.is(kind, &words) && record.belongs_to(owner_of(kind, name)) {
                write_name(record, &words);
            }
            record.is(kind, &words).then_some(cell)
        })?
        .ok_or_else(|| self.full(kind, name))
    }

    /// The cell of this kind with this name, if there is one; writes nothing.
    pub(crate) fn find(&self, kind: Kind, name: &str) -> Option<usize> {
        let words = name_to_words(name);
        let found = self.search(name, false, |cell| {
            self.records.get(cell).filter(|record| record.is(kind, &words)).map(|_| cell)
        });
        found.ok().flatten()
    }

    /// Walks the slots of the name's hash until `accept` takes a cell. Two names of one hash have a slot each,
    /// and so has one name of two kinds.
    fn search(
        &self,
        name: &str,
        claim: bool,
        accept: impl Fn(usize) -> Option<usize>,
    ) -> Result<Option<usize>> {
        let hash = names::hash(name);
        let mask = self.slots.len().wrapping_sub(1);
        // Asked before the slots are: all cells were claimed by then, so a slot that is found free is nobody's.
        let full = self.allocated() == self.owners.len();
        for i in 0..self.slots.len() {
            let number = (hash as usize).wrapping_add(i) & mask;
            let Some(slot) = self.slots.get(number) else { return Ok(None) };
            // ORDERING: Acquire; pairs with the claim, whose slot is then looked into.
            let mut seen = slot.hash.load(Ordering::Acquire);
            if seen == 0 {
                if !claim || full {
                    return Ok(None);
                }
                // ORDERING: AcqRel; as above.
                seen = slot
                    .hash
                    .compare_exchange(0, hash, Ordering::AcqRel, Ordering::Acquire)
                    .err()
                    .unwrap_or(hash);
            }
            if seen != hash {
                continue;
            }
            let cell = if claim { self.own(number) } else { Self::cell_of(slot) };
            let Some(cell) = cell else { return Ok(None) };
            if let Some(cell) = accept(cell) {
                return Ok(Some(cell));
            }
        }
        Ok(None)
    }

    fn cell_of(slot: &Slot) -> Option<usize> {
        // ORDERING: Acquire, SYNC-OWN.
        (slot.cell.load(Ordering::Acquire) as usize).checked_sub(1)
    }

    /// The cell of a claimed slot, given to it if it has none; `None` if all are taken.
    fn own(&self, number: usize) -> Option<usize> {
        let slot = self.slots.get(number)?;
        // Each round either ends or sees another cell get its owner.
        for _ in 0..=self.owners.len() {
            let free = self.allocated();
            if let Some(cell) = Self::cell_of(slot) {
                if cell == free {
                    self.count(free); // whoever took it was killed, or is about to
                }
                return Some(cell);
            }
            let owner = self.owners.get(free)?;
            // ORDERING: AcqRel, SYNC-OWN.
            let taken = owner.compare_exchange(0, number as u64 + 1, Ordering::AcqRel, Ordering::Acquire);
            let of = taken.map_or_else(|other| (other as usize).wrapping_sub(1), |_| number);
            if let Some(owning) = self.slots.get(of) {
                let cell = free as u64 + 1;
                let _ = owning.cell.compare_exchange(0, cell, Ordering::AcqRel, Ordering::Acquire);
            }
            self.count(free);
        }
        None
    }

    /// The first free cell has its owner, and its slot has it.
    fn count(&self, free: usize) {
        let (free, next) = (free as u64, free as u64 + 1);
        // ORDERING: AcqRel, SYNC-OWN.
        let _ = self.allocated.compare_exchange(free, next, Ordering::AcqRel, Ordering::Acquire);
    }

    fn full(&self, kind: Kind, name: &str) -> Error {
        let message =
            format!("no room for {kind} {name:?}: all {} cells of the segment are taken", self.owners.len());
        Error::new(ErrorKind::Full, message)
    }
}

impl Record {
    /// Takes the cell for this owner, unless it is another's. So of two names with one hash that meet in a slot, one gets
    /// it whole, and the other goes on to the next.
    fn belongs_to(&self, owner: u64) -> bool {
        // ORDERING: Relaxed; it stands for itself, and the name is checked after it was written.
        match self.owner.compare_exchange(0, owner, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => true,
            Err(other) => other == owner,
        }
    }

    /// It is of this kind, and has this name.
    fn is(&self, kind: Kind, name: &NameWords) -> bool {
        // ORDERING: Relaxed; it stands for itself.
        self.owner.load(Ordering::Relaxed) & 0xff == kind as u64 && read_name(self) == *name
    }
}

/// What a cell of this kind and name has as its record's owner.
fn owner_of(kind: Kind, name: &str) -> u64 {
    names::second_hash(name) & !0xff | kind as u64
}

fn read_name(record: &Record) -> NameWords {
    let mut words = [0; NAME_WORDS];
    for (word, source) in words.iter_mut().zip(&record.name).rev() {
        // ORDERING: Acquire, SYNC-NAME: the last word first.
        *word = source.load(Ordering::Acquire);
    }
    words
}

fn write_name(record: &Record, words: &NameWords) {
    for (word, &value) in record.name.iter().zip(words) {
        // ORDERING: AcqRel, SYNC-NAME. A failure means that another opener of this name wrote it.
        let _ = word.compare_exchange(0, value, Ordering::AcqRel, Ordering::Acquire);
    }
}
