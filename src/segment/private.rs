//! A private segment: cells on this process's heap, each dropped with its last handle.

use super::memory::Block;
use super::names;
use super::place::{Parts, Place};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{self, Events};
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
    by_name: HashMap<Box<str>, (u32, Weak<HeapCell>)>,
    in_order: BTreeMap<u32, Box<str>>,
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

    fn lives(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|(_, cell)| cell.strong_count() > 0)
    }
}

/// What a place of a private breaker keeps alive.
struct HeapCell {
    block: Block,
    name: Box<str>,
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

    /// Gets or creates.
    pub(super) fn place(self: &Arc<Self>, name: &str, config: Option<&Config>) -> Result<Place> {
        names::check_breaker(name)?;
        let Some(mut cells) = self.cells.try_lock_for(PATIENCE) else {
            return Err(Error::new(
                ErrorKind::NotReady,
                "the private segment is locked by a thread that does not go on",
            ));
        };
        let existing = cells.by_name.get(name).and_then(|(_, cell)| cell.upgrade());
        let cell = existing.unwrap_or_else(|| {
            let block = Block::zeroed(layout::bytes(self.stripes));
            let number = cells.next_number();
            let cell = Arc::new(HeapCell { block, name: name.into(), number, segment: Arc::clone(self) });
            if let Some((dead, _)) = cells.by_name.insert(name.into(), (number, Arc::downgrade(&cell))) {
                cells.in_order.remove(&dead);
            }
            cells.in_order.insert(number, name.into());
            cell
        });
        drop(cells);
        let place = self.place_of(cell);
        place.settle(config);
        Ok(place)
    }

    /// The breaker of this name, if it has a handle, to look at.
    pub(super) fn find(self: &Arc<Self>, name: &str) -> Option<Place> {
        let cell =
            self.cells.try_lock_for(PATIENCE)?.by_name.get(name).and_then(|(_, cell)| cell.upgrade())?;
        Some(self.place_of(cell))
    }

    fn place_of(self: &Arc<Self>, cell: Arc<HeapCell>) -> Place {
        let name = cell.name.clone();
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

    /// The names of the breakers that have handles, in the order of their making.
    pub(super) fn names(&self) -> Vec<String> {
        let Some(cells) = self.cells.try_lock_for(PATIENCE) else { return Vec::new() };
        cells.in_order.values().filter(|name| cells.lives(name)).map(|name| name.to_string()).collect()
    }

    /// The first name of number `from` or above, and the number behind it.
    #[cfg(feature = "ffi")]
    pub(super) fn name_from(&self, from: u32) -> Option<(String, u32)> {
        let cells = self.cells.try_lock_for(PATIENCE)?;
        let (number, name) = cells.in_order.range(from..).find(|(_, name)| cells.lives(name))?;
        Some((name.to_string(), number.checked_add(1)?))
    }
}

impl Drop for HeapCell {
    fn drop(&mut self) {
        // Where the lock is not to be had, the entry stays as a dead one, which the next opening of this name replaces.
        let Some(mut cells) = self.segment.cells.try_lock_for(PATIENCE) else { return };
        cells.in_order.remove(&self.number);
        if cells.by_name.get(&self.name).is_some_and(|(number, _)| *number == self.number) {
            cells.by_name.remove(&self.name);
        }
    }
}
