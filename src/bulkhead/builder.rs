//! How a bulkhead is opened.

use super::handle::Bulkhead;
use crate::config::BulkheadConfig;
use crate::error::Result;
use crate::segment::Segment;

/// How a bulkhead is opened; see [`Bulkhead::builder`].
#[derive(Debug, Clone, Default)]
pub struct BulkheadBuilder {
    segment: Option<Segment>,
    config: Option<BulkheadConfig>,
}

impl Bulkhead {
    /// How to open one: `Bulkhead::builder().segment(&segment).config(config).open(name)`.
    #[must_use]
    pub fn builder() -> BulkheadBuilder {
        BulkheadBuilder::default()
    }
}

impl BulkheadBuilder {
    /// The segment it lives in. Default: one of this process alone.
    #[must_use]
    pub fn segment(mut self, segment: &Segment) -> Self {
        self.segment = Some(segment.clone());
        self
    }

    /// Its configuration, if it does not exist yet: an existing bulkhead keeps its own (see [`Bulkhead::configure`]).
    /// Default: 20 in flight, 128 that wait.
    #[must_use]
    pub fn config(mut self, config: BulkheadConfig) -> Self {
        self.config = Some(config);
        self
    }

    /// Gets the bulkhead with this name, or creates it. `name` is 1 to 127 bytes of UTF-8 without control characters; names
    /// of breakers are not in its way.
    ///
    /// # Errors
    /// As [`Builder::open`](crate::Builder::open).
    pub fn open(self, name: &str) -> Result<Bulkhead> {
        if let Some(config) = &self.config {
            config.validate()?;
        }
        let segment = self.segment.unwrap_or_else(Segment::of_process);
        Bulkhead::new(segment, name, self.config)
    }
}
