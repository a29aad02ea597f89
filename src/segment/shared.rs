//! A shared segment: a mapped file with its directory of cells.

use super::berth::Berth;
use super::crew::{Crew, Member};
use super::directory::{Directory, Record, Slot};
use super::file::{SegmentFile, Wanted};
use super::info::SegmentInfo;
use super::memory::Span;
use super::place::{self, Place};
use super::plan::{Header, Plan};
use super::presence::{self, Presence};
use super::{list, names};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Beside, Events, Kind, Site as _};
use std::any::Any;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

/// A segment that other processes map too.
pub(crate) struct Shared {
    parts: Parts,
    events: NonNull<Events>,
    dealer: NonNull<AtomicU32>,
    crew: NonNull<Crew>,
    writable: bool,
    presence: Presence,
    /// Owns the memory that the fields above point into; so it comes last.
    file: SegmentFile,
}

// SAFETY: the pointers lead to plain memory of the mapping that `file` owns.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

/// The directory's parts, where they lie in the mapping.
struct Parts {
    header: NonNull<Header>,
    slots: NonNull<Slot>,
    owners: NonNull<AtomicU64>,
    records: NonNull<Record>,
}

impl Parts {
    /// `None` if the plan does not fit the span.
    fn new(span: Span, plan: &Plan) -> Option<Self> {
        Some(Self {
            header: span.array(0, 1)?,
            slots: span.array(plan.slots_at, plan.slots)?,
            owners: span.array(plan.owners_at, plan.capacity)?,
            records: span.array(plan.records_at, plan.capacity)?,
        })
    }
}

/// Where the dealer of stripes lies in the header.
const DEALER_AT: usize = std::mem::offset_of!(Header, dealer);

impl Shared {
    /// Where they lie.
    pub(super) fn folder() -> PathBuf {
        list::directory()
    }

    /// What lies there.
    pub(super) fn list() -> Result<Vec<SegmentInfo>> {
        list::list()
    }

    pub(super) fn open(name: &str, wanted: &Wanted) -> Result<Arc<Self>> {
        names::check_segment(name)?;
        let file = SegmentFile::open(name, wanted)?;
        let (span, plan) = (file.mapping.span(), file.plan);
        let (events, crew) = (span.array(plan.events_at, 1), span.array(plan.crew_at, 1));
        let parts = (Parts::new(span, &plan), events, crew, span.array(DEALER_AT, 1));
        let (Some(parts), Some(events), Some(crew), Some(dealer)) = parts else {
            let message = format!("{} does not hold what its header says", file.path().display());
            return Err(Error::new(ErrorKind::Truncated, message));
        };
        let (writable, presence) = (wanted.writable, Presence::new());
        let shared = Self { parts, events, dealer, crew, writable, presence, file };
        shared.announce();
        Ok(Arc::new(shared))
    }

    /// Makes this process known; a forked child does when it looks.
    fn announce(&self) {
        if self.writable {
            self.presence.announce(&self.file, self.crew());
        }
    }

    fn crew(&self) -> &Crew {
        // SAFETY: in bounds and aligned (`Span::array`), plain memory, kept by `file`.
        unsafe { self.crew.as_ref() }
    }

    /// By what this process is known to others that look at what it holds.
    pub(super) fn member(&self) -> Member {
        self.presence.member(&self.file, self.crew())
    }

    /// Those of `members` whose process is gone.
    pub(super) fn gone(&self, members: &[Member]) -> Vec<Member> {
        presence::gone(&self.file, self.crew(), members)
    }

    /// How many processes have it open for use; `None` where the system does not say.
    pub(super) fn processes(&self) -> Option<usize> {
        presence::count(&self.file.open_again(false)?)
    }

    pub(super) fn events(&self) -> NonNull<Events> {
        self.events
    }

    fn directory(&self) -> Directory<'_> {
        let plan = &self.file.plan;
        // SAFETY: each is in bounds, with its count, and aligned (`Span::array`), plain memory, kept by `file`.
        unsafe {
            Directory {
                allocated: &self.parts.header.as_ref().allocated,
                slots: std::slice::from_raw_parts(self.parts.slots.as_ptr(), plan.slots),
                owners: std::slice::from_raw_parts(self.parts.owners.as_ptr(), plan.capacity),
                records: std::slice::from_raw_parts(self.parts.records.as_ptr(), plan.capacity),
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// The file was removed or replaced; `closely`: or moved elsewhere.
    pub(super) fn is_stale(&self, closely: bool) -> bool {
        if !closely && self.presence.has_name() == Some(true) {
            return false;
        }
        if self.file.is_stale() {
            return true;
        }
        self.announce();
        false
    }

    /// Gets or creates a breaker.
    pub(super) fn place(self: &Arc<Self>, name: &str, config: Option<&Config>) -> Result<Place> {
        let cell = self.claim(Kind::Breaker, name)?;
        let place = self.place_of(cell, name)?;
        place.settle(config);
        Ok(place)
    }

    /// Gets or creates what stands beside a breaker.
    pub(super) fn berth<T: Beside>(
        self: &Arc<Self>,
        name: &str,
        config: Option<T::Config>,
    ) -> Result<Berth<T>> {
        let cell = self.claim(T::KIND, name)?;
        let berth = self.berth_of::<T>(cell, name)?;
        berth.settle(config);
        Ok(berth)
    }

    /// The number of the cell of this name, made if need be.
    fn claim(&self, kind: Kind, name: &str) -> Result<usize> {
        names::check_cell(kind, name)?;
        if !self.writable {
            let message = format!(
                "{} was opened for reading only: {kind} {name:?} can be looked at, not used",
                self.path().display()
            );
            return Err(Error::new(ErrorKind::ReadOnly, message));
        }
        self.directory().claim(kind, name)
    }

    /// The breaker of this name, if there is one, to look at.
    pub(super) fn find(self: &Arc<Self>, name: &str) -> Option<Place> {
        let cell = self.directory().find(Kind::Breaker, name)?;
        self.place_of(cell, name).ok().filter(|place| place.cell().word.is_initialised())
    }

    /// The same of what stands beside a breaker.
    pub(super) fn find_berth<T: Beside>(self: &Arc<Self>, name: &str) -> Option<Berth<T>> {
        let cell = self.directory().find(T::KIND, name)?;
        self.berth_of(cell, name).ok().filter(|berth: &Berth<T>| berth.cell().is_settled())
    }

    /// The names of all cells of this kind, in the order of their creation.
    pub(super) fn names(&self, kind: Kind) -> Vec<String> {
        let from = |cell| self.name_from(kind, cell);
        std::iter::successors(from(0), |(_, next)| from(*next)).map(|(name, _)| name).collect()
    }

    /// The first name from cell `from` on, and the cell behind it.
    pub(super) fn name_from(&self, kind: Kind, from: u32) -> Option<(String, u32)> {
        let directory = self.directory();
        let cells = from as usize..directory.allocated();
        let (name, cell) = cells.into_iter().find_map(|cell| Some((directory.name(kind, cell)?, cell)))?;
        Some((name, u32::try_from(cell + 1).ok()?))
    }

    fn berth_of<T: Beside>(self: &Arc<Self>, cell: usize, name: &str) -> Result<Berth<T>> {
        let at = self.file.plan.cell_at(cell);
        Berth::in_file(self.file.mapping.span(), at, Arc::clone(self)).ok_or_else(|| self.no_cell(cell, name))
    }

    fn place_of(self: &Arc<Self>, cell: usize, name: &str) -> Result<Place> {
        let parts = place::Parts {
            cells: self.file.mapping.span(),
            offset: self.file.plan.cell_at(cell),
            stripes: self.file.plan.stripes,
            events: self.events,
            dealer: self.dealer,
            name,
            shared: true,
        };
        let keep: Arc<dyn Any + Send + Sync> = Arc::clone(self) as _;
        // SAFETY: `self` owns the mapping that every pointer leads to.
        unsafe { Place::new(&parts, keep) }.ok_or_else(|| self.no_cell(cell, name))
    }

    fn no_cell(&self, cell: usize, name: &str) -> Error {
        let message = format!("{}: cell {cell} of {name:?} does not exist", self.path().display());
        Error::new(ErrorKind::Layout, message)
    }
}
