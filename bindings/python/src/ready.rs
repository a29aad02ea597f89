//! An awaitable that has its value already: `async with breaker:` has nothing to wait for.

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;

/// Gives its value at the first step.
#[pyclass(frozen, module = "holysheep_cb._native")]
pub(crate) struct Ready {
    value: Option<Py<PyAny>>,
}

impl Ready {
    pub(crate) fn none() -> Self {
        Self { value: None }
    }

    pub(crate) fn with(value: Bound<'_, PyAny>) -> Self {
        Self { value: Some(value.unbind()) }
    }
}

#[pymethods]
impl Ready {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// Ends at once, with the value.
    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        match &self.value {
            None => Ok(None),
            Some(value) => Err(PyStopIteration::new_err((value.clone_ref(py),))),
        }
    }
}
