//! How a breaker is opened.

use super::handle::Breaker;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::error::Result;
use crate::segment::Segment;

/// How a breaker is opened; see [`Breaker::builder`].
#[derive(Debug, Clone)]
pub struct Builder<C = SystemClock> {
    segment: Option<Segment>,
    config: Option<Config>,
    clock: C,
}

impl Breaker {
    /// How to open one: `Breaker::builder().segment(&segment).config(config).open(name)`.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Builder {
    pub(super) fn new() -> Self {
        Self { segment: None, config: None, clock: SystemClock::new() }
    }
}

impl<C: Clock> Builder<C> {
    /// The segment it lives in. Default: one of this process alone.
    #[must_use]
    pub fn segment(mut self, segment: &Segment) -> Self {
        self.segment = Some(segment.clone());
        self
    }

    /// Its configuration, if it does not exist yet: an existing breaker keeps its own (see [`Breaker::configure`]).
    /// Default: [`Config::new`].
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// The clock that its plain methods read. All users of one breaker must share the clock's origin.
    #[must_use]
    pub fn clock<D: Clock>(self, clock: D) -> Builder<D> {
        Builder { segment: self.segment, config: self.config, clock }
    }

    /// Gets the breaker with this name, or creates it. `name` is 1 to 127 bytes of UTF-8 without control characters.
    ///
    /// # Errors
    /// [`ErrorKind::Name`](crate::ErrorKind::Name), [`ErrorKind::Config`](crate::ErrorKind::Config);
    /// [`ErrorKind::Full`](crate::ErrorKind::Full) if the segment has no room,
    /// [`ErrorKind::ReadOnly`](crate::ErrorKind::ReadOnly) if it is for reading only.
    pub fn open(self, name: &str) -> Result<Breaker<C>> {
        if let Some(config) = &self.config {
            config.validate()?;
        }
        let segment = self.segment.unwrap_or_else(Segment::of_process);
        Breaker::new(segment, name, self.config.as_ref(), self.clock)
    }
}
