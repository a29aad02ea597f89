//! `BreakerCore`: the handle of a breaker.

use crate::call;
use crate::entry::Entry;
use crate::error::raised;
use crate::guarded::Guarded;
use crate::held::Held;
use crate::permit::Permit;
use crate::ready::Ready;
use crate::seconds::Seconds;
use crate::segment::{SegmentCore, SnapshotFields, snapshot_fields};
use holysheep_cb::{Breaker, Config, Noting};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// The handle of a breaker. `holysheep_cb.Breaker` inherits from it and adds the hooks that it calls off the hot path:
/// `_judge`, `_judge_result`, `_refusal`, `_rejected`, `_instead`, `_deferred`.
#[pyclass(frozen, subclass, module = "holysheep_cb._native")]
pub(crate) struct BreakerCore {
    pub(crate) breaker: Breaker,
    /// It existed before, with another configuration than the one asked for, which it keeps.
    kept_config: bool,
    /// Every result has to be shown to `_judge_result`.
    pub(crate) judges_results: bool,
    /// `_instead` makes a result where there is none.
    pub(crate) has_fallback: bool,
}

#[pymethods]
impl BreakerCore {
    #[new]
    fn new(
        py: Python<'_>,
        segment: &SegmentCore,
        name: &str,
        config: Option<&str>,
        judges_results: bool,
        has_fallback: bool,
    ) -> PyResult<Self> {
        let mut builder = Breaker::builder().segment(&segment.segment);
        let asked = config.map(Config::from_json).transpose().map_err(|error| raised(py, &error))?;
        if let Some(config) = asked {
            builder = builder.config(config);
        }
        let breaker = py.detach(|| builder.open(name)).map_err(|error| raised(py, &error))?;
        let kept_config = asked.is_some_and(|asked| asked != breaker.config());
        Ok(Self { breaker, kept_config, judges_results, has_fallback })
    }

    /// Makes the call if it may go. `function(*args, **kwargs)` is a success if it returns, and what its exception means
    /// is for the policy to say.
    #[pyo3(signature = (function, /, *args, **kwargs))]
    fn call<'py>(
        slf: &Bound<'py, Self>,
        function: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        call::run(slf, function, args, kwargs)
    }

    /// A callable that makes every call of `function` through the breaker. `is_coroutine`: what it returns is a
    /// coroutine, and its outcome is what counts.
    fn _guarded(slf: Py<Self>, function: Py<PyAny>, is_coroutine: bool) -> Guarded {
        Guarded::new(slf, function, is_coroutine)
    }

    /// May a call go? The permit to give back with its outcome.
    fn admit(slf: &Bound<'_, Self>) -> PyResult<Permit> {
        Held::admit(slf).map(Permit::of).ok_or_else(|| call::refusal(slf))
    }

    fn __enter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Permit>> {
        Entry::enter(slf)
    }

    fn __aenter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Ready> {
        Ok(Ready::with(Entry::enter(slf)?.into_any()))
    }

    #[classattr]
    fn __exit__() -> Entry {
        Entry { asynchronous: false }
    }

    #[classattr]
    fn __aexit__() -> Entry {
        Entry { asynchronous: true }
    }

    /// Whether a call would be admitted now; changes nothing.
    fn would_admit(&self) -> bool {
        self.breaker.would_admit()
    }

    /// Seconds until a call would be admitted: 0 = now, None = not to be known (forced open, or probes are out).
    fn retry_after(&self) -> Option<f64> {
        self.breaker.retry_after().map(|left| left.as_secs_f64())
    }

    /// Closes it and forgets everything but the totals.
    #[pyo3(signature = (*, note = None))]
    fn reset(&self, note: Option<&str>) {
        self.noting(note).reset();
    }

    /// Opens it, as if a rule had been met.
    #[pyo3(signature = (*, note = None))]
    fn trip(&self, note: Option<&str>) {
        self.noting(note).trip();
    }

    /// Opens it for so many seconds; if it is open, replaces what is left of the opening.
    #[pyo3(signature = (duration, *, note = None))]
    fn trip_for(&self, duration: Seconds, note: Option<&str>) {
        self.noting(note).trip_for(duration.0);
    }

    /// Rejects every call until told otherwise.
    #[pyo3(signature = (*, note = None))]
    fn force_open(&self, note: Option<&str>) {
        self.noting(note).force_open();
    }

    /// Admits every call and records none but in the totals, until told otherwise.
    #[pyo3(signature = (*, note = None))]
    fn disable(&self, note: Option<&str>) {
        self.noting(note).disable();
    }

    /// Admits and records every call but never trips, and counts when it would have.
    #[pyo3(signature = (*, note = None))]
    fn observe(&self, note: Option<&str>) {
        self.noting(note).observe();
    }

    /// Lets an open breaker probe now.
    #[pyo3(signature = (*, note = None))]
    fn half_open(&self, py: Python<'_>, note: Option<&str>) -> PyResult<()> {
        self.noting(note).half_open().map_err(|error| raised(py, &error))
    }

    /// Seconds that a share `quantile` (0 to 1) of the successes did not exceed; None where there was none.
    fn latency(&self, quantile: f64) -> Option<f64> {
        self.breaker.latency(quantile).map(|latency| latency.as_secs_f64())
    }

    fn _mode(&self) -> u32 {
        self.breaker.snapshot().mode as u32
    }

    fn _snapshot(&self) -> SnapshotFields {
        snapshot_fields(&self.breaker.snapshot())
    }

    fn _configure(&self, py: Python<'_>, config: &str) -> PyResult<()> {
        let config = Config::from_json(config).map_err(|error| raised(py, &error))?;
        self.breaker.configure(&config).map_err(|error| raised(py, &error))
    }

    fn _config(&self) -> String {
        self.breaker.config().to_json()
    }

    #[getter]
    fn _kept_config(&self) -> bool {
        self.kept_config
    }
}

impl BreakerCore {
    /// Commands whose event has this note.
    fn noting(&self, note: Option<&str>) -> Noting<'_> {
        self.breaker.noting(note.unwrap_or_default())
    }
}
