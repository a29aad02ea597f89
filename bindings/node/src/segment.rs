//! `NativeSegment`.

use crate::error::{Result, from_core, from_napi};
use crate::watch::NativeWatch;
use holysheep_cb::{Segment, SegmentOptions};
use napi::bindgen_prelude::Function;
use napi_derive::napi;
use std::sync::OnceLock;

/// A block of memory with named breakers and the ring of their events.
#[napi]
pub struct NativeSegment {
    segment: Segment,
}

/// How a shared segment is opened. What is left out has its default.
#[napi(object, object_to_js = false)]
pub struct SegmentOptionsNative {
    pub capacity: Option<u32>,
    pub stripes: Option<u32>,
    pub file_mode: Option<u32>,
    pub existing: Option<bool>,
    pub read_only: Option<bool>,
}

#[napi]
impl NativeSegment {
    /// Opens or makes the segment that all processes of the host share under this name.
    #[napi(factory, catch_unwind)]
    pub fn shared(name: String, options: SegmentOptionsNative) -> Result<Self> {
        let segment = SegmentOptions::new()
            .capacity(options.capacity.unwrap_or_default())
            .stripes(options.stripes.unwrap_or_default())
            .file_mode(options.file_mode.unwrap_or_default())
            .existing(options.existing.unwrap_or_default())
            .read_only(options.read_only.unwrap_or_default())
            .open(&name)
            .map_err(from_core)?;
        Ok(Self { segment })
    }

    /// A new segment of this process.
    #[napi(factory, catch_unwind)]
    pub fn private() -> Self {
        Self { segment: Segment::private() }
    }

    /// The segment of this process, the same in all of its threads.
    #[napi(factory, catch_unwind)]
    pub fn of_process() -> Self {
        static SEGMENT: OnceLock<Segment> = OnceLock::new();
        Self { segment: SEGMENT.get_or_init(Segment::private).clone() }
    }

    /// Where its file lies.
    #[napi(getter, catch_unwind)]
    pub fn path(&self) -> Option<String> {
        self.segment.path().map(|path| path.to_string_lossy().into_owned())
    }

    /// The names of its breakers.
    #[napi(catch_unwind)]
    pub fn names(&self) -> Vec<String> {
        self.segment.names()
    }

    /// The names of its limiters.
    #[napi(catch_unwind)]
    pub fn limiters(&self) -> Vec<String> {
        self.segment.limiters()
    }

    /// The names of its bulkheads.
    #[napi(catch_unwind)]
    pub fn bulkheads(&self) -> Vec<String> {
        self.segment.bulkheads()
    }

    /// How many processes have it open.
    #[napi(catch_unwind)]
    pub fn processes(&self) -> Option<u32> {
        self.segment.processes().and_then(|processes| u32::try_from(processes).ok())
    }

    /// Watches its events from number `from` on: 0 = the oldest kept, left out = the next that happens. `notify` is
    /// called when there are some to be read.
    #[napi(catch_unwind)]
    pub fn watch(&self, notify: Function<(), ()>, from: Option<f64>) -> Result<NativeWatch> {
        let cursor = from.map_or(u64::MAX, |from| from as u64);
        NativeWatch::start(&self.segment, cursor, &notify).map_err(from_napi)
    }
}

impl NativeSegment {
    pub(crate) fn segment(&self) -> &Segment {
        &self.segment
    }
}
