//! [`Bulkhead`]: what users hold.

use super::permit::{self, BulkheadFull, BulkheadPermit};
use super::place::BulkheadPlace;
use super::seat::{self, now};
use crate::config::BulkheadConfig;
use crate::error;
use crate::layout::{Beside as _, BulkheadCell};
use crate::segment::{Berth, Mooring, Segment};
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
        if patience.is_zero() {
            let berth = self.berth();
            return seat::sit(berth).ok_or_else(|| seat::refuse(berth.cell()));
        }
        self.line_up()?.enter(patience).map_err(BulkheadPlace::give_up)
    }

    /// A seat if one is free, else a place in the queue, for a call that waits in its own way: it looks again after a
    /// while, and counts meanwhile among those that wait.
    ///
    /// ```
    /// use holysheep_cb::{Bulkhead, BulkheadConfig};
    /// use std::time::Duration;
    ///
    /// let bulkhead = Bulkhead::builder().config(BulkheadConfig::new(1)).open("relay-in-line")?;
    /// let permit = bulkhead.try_enter()?;
    /// let place = bulkhead.line_up()?.enter(Duration::ZERO).unwrap_err(); // not yet
    /// assert_eq!(bulkhead.snapshot().waiting, 1);
    /// drop(permit);
    /// let _permit = place.enter(Duration::ZERO).unwrap();
    /// assert_eq!(bulkhead.snapshot().waiting, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BulkheadFull`] if as many wait already as may.
    pub fn line_up(&self) -> Result<BulkheadPlace, BulkheadFull> {
        let berth = self.berth();
        BulkheadPlace::take(berth).ok_or_else(|| seat::refuse(berth.cell()))
    }

    /// Replaces the configuration, for every process. Where more calls are in flight than a lowered limit allows, they end
    /// undisturbed, and none is let in meanwhile.
    ///
    /// # Errors
    /// As [`BulkheadConfig::validate`]; then nothing has changed.
    pub fn configure(&self, config: BulkheadConfig) -> error::Result<()> {
        config.validate()?;
        let cell = self.berth().cell();
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
        seat::reclaim(self.berth());
    }

    /// The permit of a number that [`BulkheadPermit::into_raw`] has made in this process; `None` for one of another process
    /// or of a segment that was lost meanwhile, for then the seat is not ours to leave. One that was given back before, or is
    /// made up, may free another seat of this process and does nothing worse.
    #[must_use]
    pub fn permit_from_raw(&self, raw: u64) -> Option<BulkheadPermit> {
        BulkheadPermit::from_raw(self.core.place(), raw)
    }

    /// Where it is now, after a look whether its segment is still there.
    fn berth(&self) -> &Berth<BulkheadCell> {
        self.core.look_after(now());
        self.core.place()
    }
}

impl std::fmt::Debug for Bulkhead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bulkhead")
            .field("name", &self.name())
            .field("config", &self.config())
            .finish_non_exhaustive()
    }
}
