//! `NativeBulkhead`.

use crate::error::{Result, from_core};
use crate::place::NativePlace;
use crate::seat::NativeSeat;
use crate::segment::NativeSegment;
use holysheep_cb::{Bulkhead, BulkheadConfig};
use napi_derive::napi;

/// A bulkhead.
#[napi]
pub struct NativeBulkhead {
    bulkhead: Bulkhead,
}

/// A bulkhead at one moment. Calls that go on meanwhile may show in one part and not yet in another.
#[napi(object, object_from_js = false)]
pub struct BulkheadSnapshot {
    /// Calls that may be in flight.
    pub limit: u32,
    /// Calls that may wait.
    pub max_waiting: u32,
    /// Calls in flight; more than `limit` where that was lowered meanwhile.
    pub active: u32,
    /// How many more would be let in at once.
    pub available: u32,
    /// Calls that wait.
    pub waiting: u32,
    /// Calls that were let in.
    pub entered: f64,
    /// Calls that were not.
    pub refused: f64,
    /// Seats of processes that were gone, taken back.
    pub reclaimed: f64,
    /// The shared segment was lost, and this bulkhead goes on alone.
    pub private: bool,
}

#[napi]
impl NativeBulkhead {
    /// Gets the bulkhead of this name, or creates it. `config`: JSON with the core's names; left out = the defaults, or the
    /// existing bulkhead's own.
    #[napi(constructor, catch_unwind)]
    pub fn new(segment: &NativeSegment, name: String, config: Option<String>) -> Result<Self> {
        let mut builder = Bulkhead::builder().segment(segment.segment());
        if let Some(config) = config {
            builder = builder.config(BulkheadConfig::from_json(&config).map_err(from_core)?);
        }
        Ok(Self { bulkhead: builder.open(&name).map_err(from_core)? })
    }

    /// Every field of a configuration with its default, as JSON with the core's names.
    #[napi(catch_unwind)]
    pub fn default_config() -> String {
        BulkheadConfig::default().to_json()
    }

    /// A seat if one is free.
    #[napi(catch_unwind)]
    pub fn try_enter(&self) -> Option<NativeSeat> {
        self.bulkhead.try_enter().ok().map(NativeSeat::of)
    }

    /// A place in the queue, unless as many wait as may.
    #[napi(catch_unwind)]
    pub fn line_up(&self) -> Option<NativePlace> {
        self.bulkhead.line_up().ok().map(NativePlace::of)
    }

    #[napi(catch_unwind)]
    pub fn snapshot(&self) -> BulkheadSnapshot {
        let s = self.bulkhead.snapshot();
        BulkheadSnapshot {
            limit: s.limit,
            max_waiting: s.max_waiting,
            active: s.active,
            available: s.available,
            waiting: s.waiting,
            entered: s.entered as f64,
            refused: s.refused as f64,
            reclaimed: s.reclaimed as f64,
            private: s.private,
        }
    }

    /// Replaces the configuration, for every process. `config`: JSON with the core's names.
    #[napi(catch_unwind)]
    pub fn configure(&self, config: String) -> Result<()> {
        let config = BulkheadConfig::from_json(&config).map_err(from_core)?;
        self.bulkhead.configure(config).map_err(from_core)
    }

    /// The configuration in force, as JSON with the core's names.
    #[napi(getter, catch_unwind)]
    pub fn config(&self) -> String {
        self.bulkhead.config().to_json()
    }
}
