//! Where what stands beside a breaker lives: a limiter's or a bulkhead's cell, kept alive.

use super::crew::Member;
use super::handle::Home;
use super::memory::Span;
use super::mooring::Moored;
use super::private::{HeapCell, Private};
use super::shared::Shared;
use crate::error::Result;
use crate::layout::Beside;
use std::ptr::NonNull;
use std::sync::Arc;

/// A cell's place in memory.
pub(crate) struct Berth<T> {
    cell: NonNull<T>,
    keep: Keep,
}

/// Owns the memory.
#[derive(Clone)]
enum Keep {
    Heap { _cell: Arc<HeapCell> },
    File(Arc<Shared>),
}

// SAFETY: the pointer leads to plain memory (atomics only), which `keep` keeps for as long as the berth lives.
unsafe impl<T: Beside> Send for Berth<T> {}
// SAFETY: as above.
unsafe impl<T: Beside> Sync for Berth<T> {}

impl<T: Beside> Berth<T> {
    pub(super) fn on_heap(cell: Arc<HeapCell>) -> Self {
        let at = cell.span().beside(0).expect("a cell fits its own block");
        Self { cell: at, keep: Keep::Heap { _cell: cell } }
    }

    /// `None` if the cell does not lie in the span, which is the segment's.
    pub(super) fn in_file(span: Span, offset: usize, segment: Arc<Shared>) -> Option<Self> {
        Some(Self { cell: span.beside(offset)?, keep: Keep::File(segment) })
    }

    pub(crate) fn cell(&self) -> &T {
        // SAFETY: in bounds and aligned (`Span::beside`), plain memory, alive through `keep`.
        unsafe { self.cell.as_ref() }
    }

    /// Makes the cell whole, unless it is already.
    pub(super) fn settle(&self, config: Option<T::Config>) {
        if !self.cell().is_settled() {
            self.cell().settle(config.unwrap_or_default());
        }
    }

    /// By what others know that this process holds something here.
    pub(crate) fn member(&self) -> Member {
        match &self.keep {
            Keep::Heap { .. } => Private::member(),
            Keep::File(shared) => shared.member(),
        }
    }

    /// Those of `members` whose process is gone.
    pub(crate) fn gone(&self, members: &[Member]) -> Vec<Member> {
        match &self.keep {
            Keep::Heap { .. } => {
                members.iter().copied().filter(|&member| member != Private::member()).collect()
            }
            Keep::File(shared) => shared.gone(members),
        }
    }
}

impl<T> Clone for Berth<T> {
    fn clone(&self) -> Self {
        Self { cell: self.cell, keep: self.keep.clone() }
    }
}

impl<T: Beside> Moored for Berth<T> {
    fn is_shared(&self) -> bool {
        matches!(self.keep, Keep::File(_))
    }

    fn lies_in(&self, home: &Home) -> bool {
        match (&self.keep, home) {
            (Keep::File(ours), Home::Shared(theirs)) => Arc::ptr_eq(ours, theirs),
            _ => false,
        }
    }

    fn again(&self, home: &Home, name: &str) -> Result<Self> {
        home.berth(name, Some(self.cell().config()))
    }

    fn tell_of_loss(&self, _now: u64) {}
}
