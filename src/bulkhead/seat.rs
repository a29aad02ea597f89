//! Finding a seat, those of processes that are gone among them.

use super::permit::{self, BulkheadFull, BulkheadPermit};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{SEATS, WAITING};
use crate::layout::{Beside as _, BulkheadCell, add, count};
use crate::segment::{Berth, Member};
use std::sync::atomic::Ordering;

/// How often at most a bulkhead is searched for seats of processes that are gone, in ns: it takes system calls.
const RECLAIM_EVERY: u64 = 20_000_000;

pub(super) fn now() -> u64 {
    SystemClock::new().now_ns()
}

/// A free seat.
pub(super) fn sit(berth: &Berth<BulkheadCell>) -> Option<BulkheadPermit> {
    let (cell, member) = (berth.cell(), berth.member());
    let seat = take(cell, member).or_else(|| if reclaim(berth) { take(cell, member) } else { None })?;
    count(&cell.entered);
    Some(BulkheadPermit::new(berth.clone(), member, seat))
}

fn take(cell: &BulkheadCell, member: Member) -> Option<usize> {
    let [limit, _] = cell.config().values;
    // ORDERING: Relaxed; see `Bulkhead::configure`.
    let high = cell.high.load(Ordering::Relaxed);
    if high > limit && cell.seats.taken(0..SEATS) >= limit as usize {
        return None;
    }
    cell.seats.take(member.word(), limit as usize)
}

/// A call is not let in.
pub(super) fn refuse(cell: &BulkheadCell) -> BulkheadFull {
    count(&cell.refused);
    let [limit, _] = cell.config().values;
    BulkheadFull { limit, waiting: cell.queue.taken(0..WAITING) as u32 }
}

/// Takes back the seats of processes that are gone; whether there were any. Done by one caller in a while.
pub(super) fn reclaim(berth: &Berth<BulkheadCell>) -> bool {
    let (cell, now) = (berth.cell(), now());
    // ORDERING: Relaxed, both; only decides who looks when. A time in the future is of no clock of ours.
    let looked_at = cell.looked_at.load(Ordering::Relaxed);
    if looked_at <= now && now - looked_at < RECLAIM_EVERY
        || cell.looked_at.compare_exchange(looked_at, now, Ordering::Relaxed, Ordering::Relaxed).is_err()
    {
        return false;
    }
    let holders: Vec<_> = cell.seats.holders().into_iter().chain(cell.queue.holders()).collect();
    let mut freed = 0;
    for member in berth.gone(&holders.into_iter().map(Member::from_word).collect::<Vec<_>>()) {
        freed += cell.seats.evict(member.word());
        cell.queue.evict(member.word());
    }
    add(&cell.reclaimed, freed as u64);
    (0..freed).for_each(|_| permit::call_next(cell));
    freed > 0
}
