//! `BulkheadPermit`: a seat in the hands of the user, or of a `with` statement.

use crate::error::unpicklable;
use pyo3::prelude::*;
use std::sync::{Mutex, PoisonError};

/// A seat of a bulkhead, for as long as its call is in flight. Dropped, it is left.
#[pyclass(frozen, module = "holysheep_cb._native")]
pub(crate) struct BulkheadPermit {
    permit: Mutex<Option<holysheep_cb::BulkheadPermit>>,
}

impl BulkheadPermit {
    pub(crate) fn of(permit: holysheep_cb::BulkheadPermit) -> Self {
        Self { permit: Mutex::new(Some(permit)) }
    }
}

#[pymethods]
impl BulkheadPermit {
    /// Leaves the seat, and lets the next call in; nothing if it was left.
    fn leave(&self) {
        let permit = self.permit.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(permit);
    }

    /// Whether the seat has yet to be left.
    #[getter]
    fn pending(&self) -> bool {
        self.permit.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __exit__(&self, _kind: &Bound<'_, PyAny>, _value: &Bound<'_, PyAny>, _traceback: &Bound<'_, PyAny>) {
        self.leave();
    }

    fn __repr__(&self) -> &'static str {
        if self.pending() { "<BulkheadPermit, to be left>" } else { "<BulkheadPermit, left>" }
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(unpicklable(slf.as_any()))
    }
}
