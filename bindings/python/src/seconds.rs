//! Durations as Python gives them: seconds as a number, or a `timedelta`.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDelta;
use std::time::Duration;

/// A duration; a negative one is 0 (S12), a longer one than can be told is the longest.
#[derive(Clone, Copy)]
pub(crate) struct Seconds(pub(crate) Duration);

impl<'py> FromPyObject<'_, 'py> for Seconds {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let number = if given.is_instance_of::<PyDelta>() {
            given.call_method0("total_seconds")?.extract::<f64>()?
        } else {
            given.extract::<f64>()?
        };
        if number.is_nan() {
            return Err(PyValueError::new_err("a duration is nan, but must be seconds or a timedelta"));
        }
        Ok(Self(Duration::try_from_secs_f64(number.max(0.0)).unwrap_or(Duration::MAX)))
    }
}
