//! A shared segment: a mapped file with its directory of cells.

use super::directory::Directory;
use super::file::{SegmentFile, Wanted};
use super::names;
use super::place::{Parts, Place};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Events, Site as _};
use std::any::Any;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// A segment that other processes map too.
pub(crate) struct Shared {
    directory: Directory,
    events: NonNull<Events>,
    dealer: NonNull<AtomicU32>,
    writable: bool,
    /// Owns the memory that the fields above point into; so it comes last.
    file: SegmentFile,
}

// SAFETY: the pointers lead to plain memory of the mapping that `file` owns.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

/// Where the dealer of stripes lies in the header.
const DEALER_AT: usize = std::mem::offset_of!(super::plan::Header, dealer);

impl Shared {
    pub(super) fn open(name: &str, wanted: &Wanted) -> Result<Arc<Self>> {
        names::check_segment(name)?;
        let file = SegmentFile::open(name, wanted)?;
        let (span, plan) = (file.mapping.span(), file.plan);
        let parts = (Directory::new(span, plan), span.array(plan.events_at, 1), span.array(DEALER_AT, 1));
        let (Some(directory), Some(events), Some(dealer)) = parts else {
            let message = format!("{} does not hold what its header says", file.path().display());
            return Err(Error::new(ErrorKind::Truncated, message));
        };
        Ok(Arc::new(Self { directory, events, dealer, writable: wanted.writable, file }))
    }

    pub(super) fn events(&self) -> NonNull<Events> {
        self.events
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// The file was removed or replaced.
    pub(super) fn is_stale(&self) -> bool {
        self.file.is_stale()
    }

    /// Gets or creates.
    pub(super) fn place(self: &Arc<Self>, name: &str, config: Option<&Config>) -> Result<Place> {
        names::check_breaker(name)?;
        if !self.writable {
            let message = format!(
                "{} was opened for reading only: breaker {name:?} can be looked at, not used",
                self.path().display()
            );
            return Err(Error::new(ErrorKind::ReadOnly, message));
        }
        let cell = self.directory.claim(name)?;
        let place = self.place_of(cell, name)?;
        place.settle(config);
        Ok(place)
    }

    /// The breaker of this name, if there is one, to look at.
    pub(super) fn find(self: &Arc<Self>, name: &str) -> Option<Place> {
        let cell = self.directory.find(name)?;
        self.place_of(cell, name).ok().filter(|place| place.cell().word.is_initialised())
    }

    /// The names of all breakers, in the order of their creation.
    pub(super) fn names(&self) -> Vec<String> {
        (0..self.directory.allocated()).filter_map(|cell| self.directory.name(cell)).collect()
    }

    fn place_of(self: &Arc<Self>, cell: usize, name: &str) -> Result<Place> {
        let parts = Parts {
            cells: self.file.mapping.span(),
            offset: self.file.plan.cell_at(cell),
            stripes: self.file.plan.stripes,
            events: self.events,
            dealer: self.dealer,
            name,
            shared: true,
        };
        let keep: Arc<dyn Any + Send + Sync> = Arc::clone(self) as _;
        Place::new(&parts, keep).ok_or_else(|| {
            let message = format!("{}: cell {cell} of {name:?} does not exist", self.path().display());
            Error::new(ErrorKind::Layout, message)
        })
    }
}
