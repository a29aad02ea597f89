//! `ResponseCore`: a response that is being judged, by the core.

use crate::verdict::Verdict;
use holysheep_cb::response::{self, End};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A response that is being judged; `holysheep_cb.Response` is what users see.
#[pyclass(frozen, subclass, module = "holysheep_cb._native")]
pub(crate) struct ResponseCore {
    response: Mutex<response::Response>,
}

#[pymethods]
impl ResponseCore {
    #[new]
    fn new(status: u16, unix_ms: u64) -> PyResult<Self> {
        if !(100..=999).contains(&status) {
            let message = format!("status is {status}, but must be within 100..=999");
            return Err(PyValueError::new_err(message));
        }
        let response = response::Response::new(status, Some(unix_ms).filter(|ms| *ms > 0));
        Ok(Self { response: Mutex::new(response) })
    }

    fn _header(&self, name: &[u8], value: &[u8]) {
        self.judge().header(name, value);
    }

    /// The next bytes of the body, decoded and cut anywhere. Whether the verdict is final, whatever follows.
    fn body(&self, chunk: &[u8]) -> bool {
        self.judge().body(chunk)
    }

    /// Bytes came that cannot be shown, such as compressed ones. Whether the verdict is final.
    fn skip(&self) -> bool {
        self.judge().skip()
    }

    fn _end(&self, how: u32) -> PyResult<Verdict> {
        let Some(end) = End::from_number(how) else {
            return Err(PyValueError::new_err(format!("end is {how}, but must be within 0..=3")));
        };
        Ok(Verdict { verdict: self.judge().end(end) })
    }
}

impl ResponseCore {
    /// Nothing waits or calls Python while it is locked.
    fn judge(&self) -> MutexGuard<'_, response::Response> {
        self.response.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of the breaker that a request belongs to: `host|model`, or `host` where the body names no model.
#[pyfunction]
pub(crate) fn request_name(host: &str, body: &[u8]) -> String {
    response::breaker_name(host, body)
}
