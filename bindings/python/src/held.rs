//! A permit together with the breaker that it belongs to.

use crate::breaker::BreakerCore;
use holysheep_cb::{Classification, Permit};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use std::time::Duration;

/// An admitted call. Dropped without an outcome it counts as ignored.
pub(crate) struct Held {
    /// Borrows from `core`. It is dropped first, because it is declared first.
    permit: Permit<'static>,
    core: Py<BreakerCore>,
}

impl Held {
    /// Asks the breaker; `None` = rejected.
    pub(crate) fn admit(core: &Bound<'_, BreakerCore>) -> Option<Self> {
        core.get().breaker.admit().ok().map(|permit| Self::keep(permit, core))
    }

    /// Keeps a permit of this breaker beyond the borrow.
    pub(crate) fn keep(permit: Permit<'_>, core: &Bound<'_, BreakerCore>) -> Self {
        // SAFETY: the permit borrows from the value inside of the Python object `core`, which never moves, is frozen, and
        // lives as long as `Self::core` does, that is longer than the permit.
        let permit = unsafe { std::mem::transmute::<Permit<'_>, Permit<'static>>(permit) };
        Self { permit, core: core.clone().unbind() }
    }

    pub(crate) fn core<'py>(&self, py: Python<'py>) -> &Bound<'py, BreakerCore> {
        self.core.bind(py)
    }

    /// Gives it back with what became of the call.
    #[inline]
    pub(crate) fn settle(self, py: Python<'_>, outcome: Classification) {
        // Bound, because callbacks of the bare C API are not known to PyO3, which would put the reference off.
        let _core = self.core.into_bound(py);
        self.permit.give_back(outcome);
    }

    /// Shows the collector what it holds.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.core)
    }

    /// Gives it back with a duration other than the time since admission.
    pub(crate) fn settle_after(self, success: bool, duration: Duration) {
        if success { self.permit.success_after(duration) } else { self.permit.failure_after(duration) }
    }
}
