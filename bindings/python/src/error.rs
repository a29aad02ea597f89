//! The core's errors as the package's exceptions.

use pyo3::prelude::*;

/// The exception for an error: `holysheep_cb.errors` knows which class belongs to which status.
#[cold]
pub(crate) fn raised(py: Python<'_>, error: &holysheep_cb::Error) -> PyErr {
    let exception = || {
        let errors = py.import("holysheep_cb.errors")?;
        errors.call_method1("of_status", (error.kind() as i32, error.to_string()))
    };
    exception().map_or_else(|failed| failed, PyErr::from_value)
}

/// `copy` and `pickle` ask here; the answer says why not, and what to do.
#[cold]
pub(crate) fn unpicklable(what: &Bound<'_, PyAny>) -> PyErr {
    let refusal = || {
        let errors = what.py().import("holysheep_cb.errors")?;
        errors.call_method1("unpicklable", (what,))
    };
    refusal().map_or_else(|failed| failed, PyErr::from_value)
}
