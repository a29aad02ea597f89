//! `Guarded`: a decorated function.

use crate::breaker::BreakerCore;
use crate::call;
use crate::coroutine::Coroutine;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};
use pyo3::{PyTraverseError, PyVisit, intern};

/// A function whose every call goes through a breaker. The package gives it the name, signature and docs of the function.
#[pyclass(frozen, dict, weakref, module = "holysheep_cb._native")]
pub(crate) struct Guarded {
    core: Py<BreakerCore>,
    function: Py<PyAny>,
    is_coroutine: bool,
}

impl Guarded {
    pub(crate) fn new(core: Py<BreakerCore>, function: Py<PyAny>, is_coroutine: bool) -> Self {
        Self { core, function, is_coroutine }
    }
}

#[pymethods]
impl Guarded {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (core, function) = (self.core.bind(py), self.function.bind(py));
        if self.is_coroutine {
            // Nothing of it runs yet: it is admitted when it is awaited.
            return Coroutine::fresh(function.call(args, kwargs)?, core);
        }
        call::run(core, function, args, kwargs)
    }

    /// A method of the class that it is defined in, as functions are.
    fn __get__<'py>(
        slf: Bound<'py, Self>,
        object: Option<&Bound<'py, PyAny>>,
        _class: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static METHOD: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        match object {
            Some(object) => METHOD.import(slf.py(), "types", "MethodType")?.call1((slf, object)),
            None => Ok(slf.into_any()),
        }
    }

    /// The breaker that its calls go through.
    #[getter]
    fn breaker(&self, py: Python<'_>) -> Py<BreakerCore> {
        self.core.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (function, breaker) = (self.function.bind(py).repr()?, self.core.bind(py).repr()?);
        Ok(format!("<{function} through {breaker}>"))
    }

    /// Pickled by name, as functions are.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.getattr(intern!(slf.py(), "__qualname__"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.core)?;
        visit.call(&self.function)
    }
}
