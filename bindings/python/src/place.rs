//! `Place`: a call that waits for a seat of a bulkhead.

use crate::seat::BulkheadPermit;
use crate::seconds::Seconds;
use holysheep_cb::BulkheadPlace;
use pyo3::prelude::*;
use std::sync::{Mutex, PoisonError};

/// A call that waits for a seat. It ends once: with its permit, given up, or dropped.
#[pyclass(frozen, module = "holysheep_cb._native")]
pub(crate) struct Place {
    place: Mutex<Option<BulkheadPlace>>,
}

impl Place {
    pub(crate) fn of(place: BulkheadPlace) -> Self {
        Self { place: Mutex::new(Some(place)) }
    }

    /// Nothing waits or calls Python while it is locked.
    fn take(&self) -> Option<BulkheadPlace> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[pymethods]
impl Place {
    /// The permit, if a seat is free within `patience`; 0 looks for one.
    fn enter(&self, py: Python<'_>, patience: Seconds) -> Option<BulkheadPermit> {
        let place = self.take()?;
        match py.detach(|| place.enter(patience.0)) {
            Ok(permit) => Some(BulkheadPermit::of(permit)),
            Err(place) => {
                *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
                None
            }
        }
    }

    /// The call waits no longer, and is not let in.
    fn give_up(&self) {
        if let Some(place) = self.take() {
            let _ = place.give_up();
        }
    }

    /// The call was cancelled; nothing if it is in.
    fn drop(&self) {
        drop(self.take());
    }
}
