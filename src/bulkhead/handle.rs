//! [`Bulkhead`]: what users hold.

use super::permit::{self, BulkheadFull, BulkheadPermit};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{BulkheadConfig, SEATS, WAITING};
use crate::error;
use crate::layout::{Beside as _, BulkheadCell, add, count};
use crate::segment::{Berth, Member, Mooring, Segment, wait_listening};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A bulkhead: at most so many calls in flight. Clones, handles opened by the same name in the same segment, and those of
/// other processes are all the same bulkhead. A process that is killed leaves its seats: they are taken back by whoever
/// next finds the bulkhead full.
///
/// ```
/// use holysheep_cb::{Bulkhead, BulkheadConfig};
/// use std::time::Duration;
///
/// let bulkhead = Bulkhead::builder().config(BulkheadConfig::new(1)).open("relay")?;
/// let permit = bulkhead.try_enter().unwrap();
/// assert!(bulkhead.enter(Duration::from_millis(10)).is_err());
/// drop(permit);
/// assert!(bulkhead.try_enter().is_ok());
/// # Ok::<(), holysheep_cb::Error>(())
/// ```
#[derive(Clone)]
pub struct Bulkhead {
    pub(super) core: Arc<Mooring<Berth<BulkheadCell>>>,
}

/// How often at most a bulkhead is searched for seats of processes that are gone, in ns: it takes system calls.
const RECLAIM_EVERY: u64 = 20_000_000;
/// How long a waiter sleeps at most before it looks again by itself: whoever should have woken it may have been killed.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

impl Bulkhead {
    pub(super) fn new(segment: Segment, name: &str, config: Option<BulkheadConfig>) -> error::Result<Self> {
        let berth = segment.home().berth(name, config)?;
        Ok(Self { core: Arc::new(Mooring::new(berth, segment, name, now())) })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.core.name()
    }

    /// Enters if there is a free seat.
    ///
    /// # Errors
    /// [`BulkheadFull`].
    pub fn try_enter(&self) -> Result<BulkheadPermit, BulkheadFull> {
        self.enter(Duration::ZERO)
    }

    /// Enters, and waits for a free seat at most so long. Whoever leaves wakes one that waits; a call that comes just then
    /// may be faster.
    ///
    /// # Errors
    /// [`BulkheadFull`] if none was free in time, or as many wait already as may.
    pub fn enter(&self, patience: Duration) -> Result<BulkheadPermit, BulkheadFull> {
        self.core.look_after(now());
        let berth = self.core.place();
        let (cell, member) = (berth.cell(), berth.member());
        let seat = sit(berth, member).or_else(|| wait(berth, member, patience));
        match seat {
            Some(seat) => {
                count(&cell.entered);
                Ok(BulkheadPermit::new(berth.clone(), member, seat))
            }
            None => {
                count(&cell.refused);
                let [limit, _] = cell.config().values;
                Err(BulkheadFull { limit, waiting: cell.queue.taken(0..WAITING) as u32 })
            }
        }
    }

    /// Replaces the configuration, for every process. Where more calls are in flight than a lowered limit allows, they end
    /// undisturbed, and none is let in meanwhile.
    ///
    /// # Errors
    /// As [`BulkheadConfig::validate`]; then nothing has changed.
    pub fn configure(&self, config: BulkheadConfig) -> error::Result<()> {
        config.validate()?;
        self.core.look_after(now());
        let cell = self.core.place().cell();
        let [limit, _] = cell.config().values;
        // ORDERING: Relaxed; a hint that seats above the limit may be taken, raised before the limit falls.
        cell.high.fetch_max(limit, Ordering::Relaxed);
        cell.configure(config);
        permit::call_next(cell);
        Ok(())
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> BulkheadConfig {
        self.core.place().cell().config()
    }

    /// Takes back the seats of processes that are gone.
    pub(super) fn reclaim(&self) {
        self.core.look_after(now());
        reclaim(self.core.place());
    }

    /// The permit of a number that [`BulkheadPermit::into_raw`] has made in this process; `None` for one of another process
    /// or of a segment that was lost meanwhile, for then the seat is not ours to leave. One that was given back before, or is
    /// made up, may free another seat of this process and does nothing worse.
    #[must_use]
    pub fn permit_from_raw(&self, raw: u64) -> Option<BulkheadPermit> {
        BulkheadPermit::from_raw(self.core.place(), raw)
    }
}

fn now() -> u64 {
    SystemClock::new().now_ns()
}

/// A free seat, those of processes that are gone among them.
fn sit(berth: &Berth<BulkheadCell>, member: Member) -> Option<usize> {
    take(berth.cell(), member).or_else(|| if reclaim(berth) { take(berth.cell(), member) } else { None })
}

fn take(cell: &BulkheadCell, member: Member) -> Option<usize> {
    let [limit, _] = cell.config().values;
    // ORDERING: Relaxed; see `configure`.
    let high = cell.high.load(Ordering::Relaxed);
    if high > limit && cell.seats.taken(0..SEATS) >= limit as usize {
        return None;
    }
    cell.seats.take(member.word(), limit as usize)
}

/// Waits in the queue for a seat.
fn wait(berth: &Berth<BulkheadCell>, member: Member, patience: Duration) -> Option<usize> {
    let cell = berth.cell();
    let [_, max_waiting] = cell.config().values;
    if patience.is_zero() {
        return None;
    }
    let place = cell.queue.take(member.word(), max_waiting as usize)?;
    let (bell, mut seat) = (&cell.bell, None);
    wait_listening(
        bell.word(),
        || bell.listen(),
        patience,
        LOOK_AGAIN,
        || {
            seat = sit(berth, member);
            seat.is_some()
        },
    );
    cell.queue.leave(place, member.word());
    if seat.is_none() {
        // The one whose time is up may have been the one that was woken.
        permit::call_next(cell);
    }
    seat
}

/// Takes back the seats of processes that are gone; whether there were any. Done by one caller in a while.
fn reclaim(berth: &Berth<BulkheadCell>) -> bool {
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

impl std::fmt::Debug for Bulkhead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bulkhead")
            .field("name", &self.name())
            .field("config", &self.config())
            .finish_non_exhaustive()
    }
}
