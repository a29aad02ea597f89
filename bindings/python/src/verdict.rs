//! `Verdict`: what a response says of the service.

use holysheep_cb::{Outcome, response};
use pyo3::prelude::*;

/// What a response says of the service; `Permit.settle` takes it.
#[pyclass(frozen, module = "holysheep_cb._native")]
pub(crate) struct Verdict {
    pub(crate) verdict: response::Verdict,
}

#[pymethods]
impl Verdict {
    /// "success", "failure" or "ignored".
    #[getter]
    fn outcome(&self) -> &'static str {
        match self.verdict.cause.outcome() {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
            Outcome::Ignored => "ignored",
        }
    }

    /// Why, in a word: "ok", "rate-limited", "cut", ...
    #[getter]
    fn cause(&self) -> &'static str {
        self.verdict.cause.name()
    }

    /// Seconds that the service asks to wait; None if it does not. A failure with it opens the breaker at once.
    #[getter]
    fn retry_after(&self) -> Option<f64> {
        self.verdict.retry_after().map(|wait| wait.as_secs_f64())
    }

    fn __repr__(&self) -> String {
        let wait = self.retry_after().map_or_else(String::new, |wait| format!(", retry after {wait:.3} s"));
        format!("<Verdict {}: {}{wait}>", self.outcome(), self.cause())
    }
}
