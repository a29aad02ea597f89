//! A seat that is left when it is dropped.

use crate::config::SEATS;
use crate::fork;
use crate::layout::BulkheadCell;
use crate::segment::{Berth, Member, wake_one};
use std::fmt;

/// A call that was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkheadFull {
    /// How many may be in flight.
    pub limit: u32,
    /// How many calls waited. The caller did not, or gave up, or there were too many.
    pub waiting: u32,
}

impl fmt::Display for BulkheadFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bulkhead is full: {} calls are in flight, and {} wait", self.limit, self.waiting)
    }
}

impl std::error::Error for BulkheadFull {}

/// A seat of a bulkhead, for as long as its call is in flight. Dropping it lets the next one in. A forked child's copy is
/// none: the seat is its parent's.
#[must_use = "a permit that is dropped leaves its seat at once"]
pub struct BulkheadPermit {
    /// `None` once it is a number.
    berth: Option<Berth<BulkheadCell>>,
    member: Member,
    seat: usize,
    /// The process that entered.
    process: u32,
}

impl BulkheadPermit {
    pub(super) fn new(berth: Berth<BulkheadCell>, member: Member, seat: usize) -> Self {
        Self { berth: Some(berth), member, seat, process: fork::generation() }
    }

    /// The permit as a number other than 0 and 1, for a binding that must carry it where no value can go; given back by
    /// [`Bulkhead::permit_from_raw`](crate::Bulkhead::permit_from_raw). Until then nobody leaves the seat.
    ///
    /// ```
    /// # use holysheep_cb::{Bulkhead, BulkheadConfig};
    /// let bulkhead = Bulkhead::builder().config(BulkheadConfig::new(1)).open("relay-by-number")?;
    /// let raw = bulkhead.try_enter()?.into_raw();
    /// assert!(bulkhead.try_enter().is_err());
    /// drop(bulkhead.permit_from_raw(raw));
    /// assert!(bulkhead.try_enter().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "a number that is dropped is a seat that nobody leaves"]
    pub fn into_raw(mut self) -> u64 {
        let tag = self.berth.take().map_or(0, |berth| tag(berth.cell()));
        u64::from(self.member.word()) << 32 | tag << SEAT_BITS | (self.seat as u64 + 2)
    }

    pub(super) fn from_raw(berth: &Berth<BulkheadCell>, raw: u64) -> Option<Self> {
        let member = Member::from_word((raw >> 32) as u32);
        let seat = (raw & ((1 << SEAT_BITS) - 1)).checked_sub(2)?;
        let ours = member == berth.member() && raw >> SEAT_BITS & TAGS == tag(berth.cell());
        ours.then(|| Self::new(berth.clone(), member, seat as usize))
    }
}

/// Room for a seat's number in a raw permit, and for a tag above it.
const SEAT_BITS: u32 = 10;
const TAGS: u64 = (1 << (32 - SEAT_BITS)) - 1;
const _: () = assert!(SEATS + 2 < 1 << SEAT_BITS);

/// Tells the memory of a segment from that of one that was lost: both are mapped.
fn tag(cell: &BulkheadCell) -> u64 {
    (std::ptr::from_ref(cell) as u64 / align_of::<BulkheadCell>() as u64) & TAGS
}

impl Drop for BulkheadPermit {
    fn drop(&mut self) {
        if let Some(berth) = self.berth.take().filter(|_| self.process == fork::generation()) {
            leave(berth.cell(), self.member, self.seat);
        }
    }
}

impl fmt::Debug for BulkheadPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkheadPermit").field("seat", &self.seat).finish_non_exhaustive()
    }
}

/// Leaves a seat, if it is this member's, and lets the next one in.
pub(super) fn leave(cell: &BulkheadCell, member: Member, seat: usize) {
    if cell.seats.leave(seat, member.word()) {
        call_next(cell);
    }
}

/// A seat is free: whoever waits may look.
pub(super) fn call_next(cell: &BulkheadCell) {
    cell.bell.ring();
    if cell.queue.any() {
        wake_one(cell.bell.word());
    }
}
