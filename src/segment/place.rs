//! Where one breaker lives: its cell, its stripes and its segment's events, kept alive.

use super::handle::Home;
use super::memory::{Plain, Span};
use super::mooring::Moored;
use super::wake::wake_all;
use crate::config::Config;
use crate::cpu::Cpus;
use crate::error::Result;
use crate::journal::{NO_NOTE, NameWords, name_to_words};
use crate::layout::{Cell, Events, Site, Stripe};
use crate::outcome::Reason;
use std::any::Any;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

// SAFETY: all four are `repr(C)` and made of atomic integers only.
unsafe impl Plain for Cell {}
// SAFETY: as above.
unsafe impl Plain for Stripe {}
// SAFETY: as above.
unsafe impl Plain for Events {}
// SAFETY: as above.
unsafe impl Plain for AtomicU32 {}

/// A breaker's place in memory.
pub(crate) struct Place {
    cell: NonNull<Cell>,
    stripes: NonNull<Stripe>,
    /// How many stripes there are, a power of two, less one.
    stripe_mask: usize,
    cpus: Cpus,
    events: NonNull<Events>,
    dealer: NonNull<AtomicU32>,
    name: NameWords,
    shared: bool,
    /// Owns the memory that the pointers above point into.
    _keep: Arc<dyn Any + Send + Sync>,
}

// SAFETY: the pointers lead to plain memory (atomics only), which `_keep` keeps for as long as the place lives.
unsafe impl Send for Place {}
// SAFETY: as above.
unsafe impl Sync for Place {}

/// The parts that a segment hands to [`Place::new`].
pub(super) struct Parts<'a> {
    /// Holds the cell with its stripes from `offset` on.
    pub(super) cells: Span,
    pub(super) offset: usize,
    pub(super) stripes: usize,
    pub(super) events: NonNull<Events>,
    pub(super) dealer: NonNull<AtomicU32>,
    pub(super) name: &'a str,
    pub(super) shared: bool,
}

impl Place {
    /// `None` if the cell does not lie in its span, or the stripes are no power of two.
    ///
    /// # Safety
    /// `keep` owns the memory behind every pointer of `parts`.
    pub(super) unsafe fn new(parts: &Parts<'_>, keep: Arc<dyn Any + Send + Sync>) -> Option<Self> {
        if !parts.stripes.is_power_of_two() {
            return None;
        }
        Some(Self {
            cell: parts.cells.array(parts.offset, 1)?,
            stripes: parts.cells.array(parts.offset + size_of::<Cell>(), parts.stripes)?,
            stripe_mask: parts.stripes - 1,
            cpus: Cpus::find(),
            events: parts.events,
            dealer: parts.dealer,
            name: name_to_words(parts.name),
            shared: parts.shared,
            _keep: keep,
        })
    }

    fn deal(&self) -> u32 {
        // SAFETY: as for the cell; the segment's header is kept by the same owner.
        let dealer = unsafe { self.dealer.as_ref() };
        // ORDERING: Relaxed; only the number matters.
        dealer.fetch_add(1, Ordering::Relaxed)
    }

    /// Initialises the cell, unless it is already.
    pub(super) fn settle(&self, config: Option<&Config>) {
        let cell = self.cell();
        if !cell.word.is_initialised() {
            let config = config.copied().unwrap_or_default();
            cell.settings.initialise(&config);
            cell.word.initialise();
        }
    }
}

impl Site for Place {
    #[inline(always)]
    fn cell(&self) -> &Cell {
        // SAFETY: in bounds and aligned (`Span::array`), plain memory, alive through `_keep`.
        unsafe { self.cell.as_ref() }
    }

    #[inline(always)]
    fn stripes(&self) -> &[Stripe] {
        // SAFETY: as above; all of them are in bounds.
        unsafe { std::slice::from_raw_parts(self.stripes.as_ptr(), self.stripe_mask + 1) }
    }

    #[inline(always)]
    fn stripe(&self) -> &Stripe {
        let number = self.cpus.number(|| self.deal());
        // SAFETY: as above; the masked number is below their count.
        unsafe { self.stripes.add(number & self.stripe_mask).as_ref() }
    }

    fn events(&self) -> &Events {
        // SAFETY: as for the cell.
        unsafe { self.events.as_ref() }
    }

    fn name(&self) -> &NameWords {
        &self.name
    }

    fn wake(&self) {
        wake_all(self.events().wake_word());
    }
}

impl Moored for Place {
    fn is_shared(&self) -> bool {
        self.shared
    }

    fn lies_in(&self, home: &Home) -> bool {
        std::ptr::eq(home.events(), self.events())
    }

    fn again(&self, home: &Home, name: &str) -> Result<Self> {
        home.place(name, Some(&self.cell().settings.config()))
    }

    /// The event goes to the memory that the segment's readers have.
    fn tell_of_loss(&self, now: u64) {
        self.tell(Reason::Detached, &NO_NOTE, now);
    }
}
