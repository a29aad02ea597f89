//! A permit together with the breaker that it belongs to.

use crate::breaker::BreakerCore;
use holysheep_cb::{Classification, Permit};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use std::time::Duration;

/// An admitted call. Dropped without an outcome it counts as ignored.
pub(crate) struct Held {
    /// The permit as a number, for a borrow cannot live beside what it borrows from.
    raw: u64,
    /// The breaker; `None` once the permit was given back.
    core: Option<Py<BreakerCore>>,
}

impl Held {
    /// Asks the breaker; `None` = rejected.
    pub(crate) fn admit(core: &Bound<'_, BreakerCore>) -> Option<Self> {
        core.get().breaker.admit().ok().map(|permit| Self::keep(permit, core))
    }

    /// Keeps a permit of this breaker beyond the borrow.
    pub(crate) fn keep(permit: Permit<'_>, core: &Bound<'_, BreakerCore>) -> Self {
        Self { raw: permit.into_raw(), core: Some(core.clone().unbind()) }
    }

    /// The breaker, until the permit was given back.
    pub(crate) fn core<'py>(&self, py: Python<'py>) -> Option<&Bound<'py, BreakerCore>> {
        self.core.as_ref().map(|core| core.bind(py))
    }

    /// Gives it back with what became of the call.
    #[inline]
    pub(crate) fn settle(self, py: Python<'_>, outcome: Classification) {
        self.give_back(py, |permit| permit.give_back(outcome));
    }

    /// As `settle`, with a duration other than the time since admission.
    pub(crate) fn settle_after(self, py: Python<'_>, outcome: Classification, duration: Duration) {
        self.give_back(py, |permit| permit.give_back_after(outcome, duration));
    }

    #[inline]
    fn give_back(mut self, py: Python<'_>, how: impl FnOnce(Permit<'_>)) {
        if let Some(core) = self.core.take() {
            // Bound, because callbacks of the bare C API are not known to PyO3, which would put the reference off.
            let core = core.into_bound(py);
            how(core.get().breaker.permit_from_raw(self.raw));
        }
    }

    /// Shows the collector what it holds.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.core)
    }
}

impl Drop for Held {
    #[inline]
    fn drop(&mut self) {
        if let Some(core) = &self.core {
            drop(core.get().breaker.permit_from_raw(self.raw));
        }
    }
}
