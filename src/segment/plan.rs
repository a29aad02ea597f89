//! What lies where in a segment's file, and the words of its header. Everything follows from two numbers, capacity and
//! stripes, which are checked before anything is mapped.
//!
//! ```text
//! | header 4096 | events | crew | slots: hash, cell | owners | records: kind, name | cells with stripes |
//! ```

use super::crew::Crew;
use super::directory::{Record, Slot};
use super::memory::Plain;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{self, Events, LAYOUT};
use std::sync::atomic::{AtomicU32, AtomicU64};

/// What a segment's file begins with: "HSCBSEG" and a byte that no text has.
pub(super) const MAGIC: u64 = u64::from_le_bytes(*b"HSCBSEG\x1a");
pub(super) const HEADER_BYTES: usize = 4096;
/// What [`Header::ready`] holds once everything else is written.
pub(super) const READY: u64 = 0x5eed_5eed_5eed_5eed;

/// The most breakers a segment can have.
pub(super) const MAX_CAPACITY: u32 = 1 << 20;
/// The most stripes a cell can have.
pub(super) const MAX_STRIPES: u32 = 64;

/// The first words of the file.
#[repr(C)]
pub(super) struct Header {
    pub(super) magic: AtomicU64,
    pub(super) layout: AtomicU32,
    pub(super) cell_bytes: AtomicU32,
    pub(super) capacity: AtomicU32,
    pub(super) stripes: AtomicU32,
    pub(super) boot: [AtomicU64; 2],
    /// Deals stripes to threads that cannot read their CPU's number.
    pub(super) dealer: AtomicU32,
    _unused: AtomicU32,
    /// Cells that have an owner.
    pub(super) allocated: AtomicU64,
    /// Written last.
    pub(super) ready: AtomicU64,
}

// SAFETY: all `repr(C)`, atomic integers only.
unsafe impl Plain for Header {}
// SAFETY: as above.
unsafe impl Plain for Slot {}
// SAFETY: as above.
unsafe impl Plain for Record {}
// SAFETY: as above.
unsafe impl Plain for Crew {}
// SAFETY: an atomic integer.
unsafe impl Plain for AtomicU64 {}

/// Where the parts of a segment with this capacity and so many stripes begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) capacity: usize,
    pub(super) stripes: usize,
    pub(super) slots: usize,
    pub(super) events_at: usize,
    pub(super) crew_at: usize,
    pub(super) slots_at: usize,
    pub(super) owners_at: usize,
    pub(super) records_at: usize,
    pub(super) cells_at: usize,
    pub(super) bytes: usize,
}

impl Plan {
    /// An error unless the numbers are in range.
    pub(super) fn new(capacity: u32, stripes: u32) -> Result<Self> {
        if !(1..=MAX_CAPACITY).contains(&capacity) {
            let message = format!("capacity is {capacity}, but must be within 1..={MAX_CAPACITY}");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        if !(1..=MAX_STRIPES).contains(&stripes) || !stripes.is_power_of_two() {
            let message =
                format!("stripes is {stripes}, but must be a power of two within 1..={MAX_STRIPES}");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let (capacity, stripes) = (capacity as usize, stripes as usize);
        // Twice the capacity keeps the chains of the open-addressed table short even when it is full.
        let slots = (capacity * 2).next_power_of_two();
        let line = |n: usize| n.next_multiple_of(64);
        let events_at = HEADER_BYTES;
        let crew_at = line(events_at + size_of::<Events>());
        let slots_at = line(crew_at + size_of::<Crew>());
        let owners_at = line(slots_at + slots * size_of::<Slot>());
        let records_at = line(owners_at + capacity * size_of::<AtomicU64>());
        let cells_at = line(records_at + capacity * size_of::<Record>());
        let bytes =
            capacity.checked_mul(layout::bytes(stripes)).and_then(|cells| cells.checked_add(cells_at));
        let Some(bytes) = bytes.filter(|&bytes| isize::try_from(bytes).is_ok()) else {
            let message =
                format!("capacity {capacity} with {stripes} stripes is more than this platform can map");
            return Err(Error::new(ErrorKind::Argument, message));
        };
        Ok(Self {
            capacity,
            stripes,
            slots,
            events_at,
            crew_at,
            slots_at,
            owners_at,
            records_at,
            cells_at,
            bytes,
        })
    }

    /// Where a cell begins.
    pub(super) fn cell_at(&self, cell: usize) -> usize {
        self.cells_at + cell * layout::bytes(self.stripes)
    }
}

/// The header as plain bytes, as far as it says what the file is: read before the file is mapped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Preamble {
    magic: u64,
    layout: u32,
    cell_bytes: u32,
    capacity: u32,
    stripes: u32,
    pub(super) boot: [u64; 2],
    ready: u64,
}

/// Bytes of the header that [`Preamble::read`] needs.
pub(super) const PREAMBLE_BYTES: usize = 64;

impl Preamble {
    pub(super) fn read(bytes: &[u8; PREAMBLE_BYTES]) -> Self {
        let word = |at: usize| u64::from_ne_bytes(std::array::from_fn(|i| bytes[at + i]));
        let half = |at: usize| u32::from_ne_bytes(std::array::from_fn(|i| bytes[at + i]));
        Self {
            magic: word(0),
            layout: half(8),
            cell_bytes: half(12),
            capacity: half(16),
            stripes: half(20),
            boot: [word(24), word(32)],
            ready: word(56),
        }
    }

    /// Layout, capacity and stripes, if it is a segment of any layout.
    pub(super) fn says(&self) -> Option<(u32, u32, u32)> {
        (self.magic == MAGIC).then_some((self.layout, self.capacity, self.stripes))
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready == READY
    }

    /// The plan, if the file is a segment of this layout and as long as it must be.
    pub(super) fn plan(&self, file_bytes: u64) -> Result<Plan> {
        if self.magic != MAGIC {
            return Err(Error::new(ErrorKind::Layout, "is no segment (its first eight bytes are others)"));
        }
        if self.layout != LAYOUT {
            let message = format!("has layout {}, this library has {LAYOUT}", self.layout);
            return Err(Error::new(ErrorKind::Layout, message));
        }
        let plan = Plan::new(self.capacity, self.stripes)
            .map_err(|e| Error::new(ErrorKind::Layout, format!("has a header that cannot be: {e}")))?;
        if self.cell_bytes as usize != layout::bytes(plan.stripes) {
            let message =
                format!("has cells of {} bytes, not {}", self.cell_bytes, layout::bytes(plan.stripes));
            return Err(Error::new(ErrorKind::Layout, message));
        }
        if file_bytes < plan.bytes as u64 {
            let message = format!("has {file_bytes} bytes, but its header asks for {}", plan.bytes);
            return Err(Error::new(ErrorKind::Truncated, message));
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    #[test]
    fn the_preamble_is_the_beginning_of_the_header() {
        assert_eq!(offset_of!(Header, layout), 8);
        assert_eq!(offset_of!(Header, cell_bytes), 12);
        assert_eq!(offset_of!(Header, capacity), 16);
        assert_eq!(offset_of!(Header, boot), 24);
        assert_eq!(offset_of!(Header, ready), 56);
        assert!(size_of::<Header>() <= PREAMBLE_BYTES);
    }

    #[test]
    fn parts_follow_each_other_on_lines_of_their_own() {
        for (capacity, stripes) in [(1, 1), (1024, 8), (100_000, 1)] {
            let plan = Plan::new(capacity, stripes).unwrap();
            let starts = [
                plan.events_at,
                plan.crew_at,
                plan.slots_at,
                plan.owners_at,
                plan.records_at,
                plan.cells_at,
                plan.bytes,
            ];
            assert!(starts.windows(2).all(|w| w[0] < w[1]) && starts.iter().all(|s| s % 64 == 0), "{plan:?}");
        }
        for (capacity, stripes) in [(0, 1), (MAX_CAPACITY + 1, 1), (1, 0), (1, 3), (1, 128)] {
            assert_eq!(Plan::new(capacity, stripes).unwrap_err().kind(), ErrorKind::Argument);
        }
    }
}
