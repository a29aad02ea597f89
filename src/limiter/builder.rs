//! How a limiter is opened.

use super::handle::Limiter;
use crate::clock::{Clock, FineClock};
use crate::config::LimiterConfig;
use crate::error::Result;
use crate::segment::Segment;

/// How a limiter is opened; see [`Limiter::builder`].
#[derive(Debug, Clone)]
pub struct LimiterBuilder<C = FineClock> {
    segment: Option<Segment>,
    config: Option<LimiterConfig>,
    clock: C,
}

impl Limiter {
    /// How to open one: `Limiter::builder().segment(&segment).config(config).open(name)`.
    #[must_use]
    pub fn builder() -> LimiterBuilder {
        LimiterBuilder { segment: None, config: None, clock: FineClock::new() }
    }
}

impl<C: Clock> LimiterBuilder<C> {
    /// The segment it lives in. Default: one of this process alone.
    #[must_use]
    pub fn segment(mut self, segment: &Segment) -> Self {
        self.segment = Some(segment.clone());
        self
    }

    /// Its configuration, if it does not exist yet: an existing limiter keeps its own (see [`Limiter::configure`]). Default:
    /// 60 units a minute, one at a time.
    #[must_use]
    pub fn config(mut self, config: LimiterConfig) -> Self {
        self.config = Some(config);
        self
    }

    /// The clock that it reads. All users of one limiter must share the clock's origin.
    #[must_use]
    pub fn clock<D: Clock>(self, clock: D) -> LimiterBuilder<D> {
        LimiterBuilder { segment: self.segment, config: self.config, clock }
    }

    /// Gets the limiter with this name, or creates it. `name` is 1 to 127 bytes of UTF-8 without control characters; names
    /// of breakers are not in its way.
    ///
    /// # Errors
    /// As [`Builder::open`](crate::Builder::open).
    pub fn open(self, name: &str) -> Result<Limiter<C>> {
        if let Some(config) = &self.config {
            config.validate()?;
        }
        let segment = self.segment.unwrap_or_else(Segment::of_process);
        Limiter::new(segment, name, self.config, self.clock)
    }
}
