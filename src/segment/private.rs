//! A private segment: cells on this process's heap, each dropped with its last handle.

use super::berth::Berth;
use super::crew::Member;
use super::memory::{Block, Span};
use super::names;
use super::place::{Parts, Place};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::fork;
use crate::layout::{self, Beside, Events, Kind};
use parking_lot::Mutex;
use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How long opening waits for another thread that opens or drops a breaker. Only a fork at a bad moment gets near it.
const PATIENCE: Duration = Duration::from_secs(1);

/// A segment on the heap.
pub(crate) struct Private {
    base: Block,
    stripes: usize,
    cells: Mutex<Cells>,
}

/// Those that have handles, by name, and by number in the order of their making.
#[derive(Default)]
struct Cells {
    by_name: HashMap<(Kind, Box<str>), (u32, Weak<HeapCell>)>,
    in_order: BTreeMap<u32, (Kind, Box<str>)>,
    made: u32,
}

impl Cells {
    fn next_number(&mut self) -> u32 {
        loop {
            let number = self.made;
            self.made = self.made.wrapping_add(1);
            if !self.in_order.contains_key(&number) {
                return number;
            }
        }
    }

    fn get(&self, key: &(Kind, Box<str>)) -> Option<Arc<HeapCell>> {
        self.by_name.get(key).and_then(|(_, cell)| cell.upgrade())
    }

    fn lives(&self, key: &(Kind, Box<str>)) -> bool {
        self.by_name.get(key).is_some_and(|(_, cell)| cell.strong_count() > 0)
    }

    /// The names of this kind that have handles, from a number on.
    fn from(&self, kind: Kind, number: u32) -> impl Iterator<Item = (u32, &str)> {
        let of_kind = move |entry: &(&u32, &(Kind, Box<str>))| entry.1.0 == kind && self.lives(entry.1);
        self.in_order.range(number..).filter(of_kind).map(|(&number, (_, name))| (number, &**name))
    }
}

/// What a place of a private breaker keeps alive.
pub(super) struct HeapCell {
    block: Block,
    key: (Kind, Box<str>),
    number: u32,
    segment: Arc<Private>,
}

/// The events, and behind them the dealer of stripes.
const DEALER: usize = size_of::<Events>();

impl Private {
    pub(super) fn new(stripes: usize) -> Arc<Self> {
        let base = Block::zeroed(size_of::<Events>() + 64);
        Arc::new(Self { base, stripes, cells: Mutex::default() })
    }

    pub(super) fn events(&self) -> NonNull<Events> {
        self.base.span().array(0, 1).expect("the base block holds the events")
    }

    fn dealer(&self) -> NonNull<AtomicU32> {
        self.base.span().array(DEALER, 1).expect("the base block holds the dealer")
    }

    /// Gets or creates a breaker.
    pub(super) fn place(self: &Arc<Self>, name: &str, config: Option<&Config>) -> Result<Place> {
        let place = self.place_of(self.claim(Kind::Breaker, name, layout::bytes(self.stripes))?);
        place.settle(config);
        Ok(place)
    }

    /// Gets or creates what stands beside a breaker.
    pub(super) fn berth<T: Beside>(
        self: &Arc<Self>,
        name: &str,
        config: Option<T::Config>,
    ) -> Result<Berth<T>> {
        let berth = Berth::on_heap(self.claim(T::KIND, name, size_of::<T>())?);
        berth.settle(config);
        Ok(berth)
    }

    fn claim(self: &Arc<Self>, kind: Kind, name: &str, bytes: usize) -> Result<Arc<HeapCell>> {
        names::check_cell(kind, name)?;
        let Some(mut cells) = self.cells.try_lock_for(PATIENCE) else {
            return Err(Error::new(
                ErrorKind::NotReady,
                "the private segment is locked by a thread that does not go on",
            ));
        };
        let key = (kind, name.into());
        if let Some(cell) = cells.get(&key) {
            return Ok(cell);
        }
        let (block, number) = (Block::zeroed(bytes), cells.next_number());
        let cell = Arc::new(HeapCell { block, key: key.clone(), number, segment: Arc::clone(self) });
        if let Some((dead, _)) = cells.by_name.insert(key.clone(), (number, Arc::downgrade(&cell))) {
            cells.in_order.remove(&dead);
        }
        cells.in_order.insert(number, key);
        Ok(cell)
    }

    fn existing(&self, kind: Kind, name: &str) -> Option<Arc<HeapCell>> {
        self.cells.try_lock_for(PATIENCE)?.get(&(kind, name.into()))
    }

    /// The breaker of this name, if it has a handle, to look at.
    pub(super) fn find(self: &Arc<Self>, name: &str) -> Option<Place> {
        Some(self.place_of(self.existing(Kind::Breaker, name)?))
    }

    /// The same of what stands beside a breaker.
    pub(super) fn find_berth<T: Beside>(&self, name: &str) -> Option<Berth<T>> {
        self.existing(T::KIND, name).map(Berth::on_heap)
    }

    /// What is held in this memory is held by this process: a forked child has a copy of its own.
    pub(super) fn member() -> Member {
        Member::without_place(fork::generation())
    }

    fn place_of(self: &Arc<Self>, cell: Arc<HeapCell>) -> Place {
        let name = cell.key.1.clone();
        let parts = Parts {
            cells: cell.block.span(),
            offset: 0,
            stripes: self.stripes,
            events: self.events(),
            dealer: self.dealer(),
            name: &name,
            shared: false,
        };
        let keep: Arc<dyn Any + Send + Sync> = cell;
        // SAFETY: the cell owns its block, and holds the segment that owns events and dealer.
        unsafe { Place::new(&parts, keep) }.expect("a cell fits its own block")
    }

    /// The names of this kind that have handles, in the order of their making.
    pub(super) fn names(&self, kind: Kind) -> Vec<String> {
        let Some(cells) = self.cells.try_lock_for(PATIENCE) else { return Vec::new() };
        cells.from(kind, 0).map(|(_, name)| name.to_owned()).collect()
    }

    /// The first name of number `from` or above, and the number behind it.
    #[cfg(feature = "ffi")]
    pub(super) fn name_from(&self, kind: Kind, from: u32) -> Option<(String, u32)> {
        let cells = self.cells.try_lock_for(PATIENCE)?;
        let (number, name) = cells.from(kind, from).next()?;
        Some((name.to_owned(), number.checked_add(1)?))
    }
}

impl HeapCell {
    pub(super) fn span(&self) -> Span {
        self.block.span()
    }
}

impl Drop for HeapCell {
    fn drop(&mut self) {
        // Where the lock is not to be had, the entry stays as a dead one, which the next opening of this name replaces.
        let Some(mut cells) = self.segment.cells.try_lock_for(PATIENCE) else { return };
        cells.in_order.remove(&self.number);
        if cells.by_name.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            cells.by_name.remove(&self.key);
        }
    }
}
