//! An awaitable that has its value already: `async with breaker:` has nothing to wait for.

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;

/// Gives its value at the first step. A coroutine by its methods, as `AbstractAsyncContextManager` has it.
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

    fn send(&self, py: Python<'_>, _value: &Bound<'_, PyAny>) -> PyResult<()> {
        let value = self.value.as_ref().map(|value| value.clone_ref(py));
        Err(PyStopIteration::new_err((value,)))
    }

    #[pyo3(signature = (kind, value = None, _traceback = None))]
    fn throw(
        &self,
        kind: &Bound<'_, PyAny>,
        value: Option<&Bound<'_, PyAny>>,
        _traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        Err(PyErr::from_value(value.unwrap_or(kind).clone()))
    }

    fn close(&self) {}
}
