//! `Permit`: an admitted call in the hands of the user, or of a `with` statement.

use crate::call;
use crate::error::unpicklable;
use crate::held::Held;
use crate::ready::Ready;
use crate::seconds::Seconds;
use crate::verdict::Verdict;
use holysheep_cb::Classification;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};

/// An admitted call, to be given back once with its outcome. Dropped without, it counts as ignored.
#[pyclass(frozen, module = "holysheep_cb._native")]
pub(crate) struct Permit {
    slot: Slot,
    /// It belongs to an `async with`, which awaits what its exit returns.
    asynchronous: bool,
}

impl Permit {
    pub(crate) fn of(held: Held) -> Self {
        let permit = Self::empty(false);
        permit.slot.put(held);
        permit
    }

    /// One that a `with` statement holds before it is entered.
    pub(crate) fn empty(asynchronous: bool) -> Self {
        Self { slot: Slot::new(), asynchronous }
    }

    /// Fills an empty one.
    pub(crate) fn fill(&self, held: Held) {
        self.slot.put(held);
    }

    fn take(&self) -> PyResult<Held> {
        self.slot.take().ok_or_else(|| PyRuntimeError::new_err("this permit was given back already"))
    }

    /// The end of a `with` block, by what it raised. A permit that was given back inside is left alone.
    fn leave(&self, kind: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let Some(held) = self.slot.take() else { return Ok(()) };
        let py = kind.py();
        if kind.is_none() {
            held.settle(py, Classification::Success);
            return Ok(());
        }
        let error = if value.is_none() { kind.call0()? } else { value.clone() };
        call::settle(held, py, &PyErr::from_value(error))
    }
}

#[pymethods]
impl Permit {
    /// The call did what it should. `duration`: seconds or a timedelta, if not the time since admission.
    #[pyo3(signature = (duration = None))]
    fn success(&self, py: Python<'_>, duration: Option<Seconds>) -> PyResult<()> {
        self.give_back(py, Classification::Success, duration)
    }

    /// The service failed the call. `duration`: as in success.
    #[pyo3(signature = (duration = None))]
    fn failure(&self, py: Python<'_>, duration: Option<Seconds>) -> PyResult<()> {
        self.give_back(py, Classification::Failure, duration)
    }

    /// No verdict on the service: the call was cancelled, or its failure was the caller's own fault.
    fn ignore(&self, py: Python<'_>) -> PyResult<()> {
        self.give_back(py, Classification::Ignored, None)
    }

    /// The service failed the call and said how long to wait: opens the breaker at once for so long.
    fn throttled(&self, py: Python<'_>, retry_after: Seconds) -> PyResult<()> {
        self.give_back(py, Classification::Throttled(retry_after.0), None)
    }

    /// What became of the call is what its response says of the service. `duration`: as in success, such as the time to
    /// the first byte.
    #[pyo3(signature = (verdict, duration = None))]
    fn settle(&self, py: Python<'_>, verdict: &Verdict, duration: Option<Seconds>) -> PyResult<()> {
        self.give_back(py, verdict.verdict.classification(), duration)
    }

    /// Whether it has yet to be given back.
    #[getter]
    fn pending(&self) -> bool {
        self.slot.is_full()
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __exit__(
        &self,
        kind: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        self.leave(kind, value)
    }

    /// The exit of the `with` statement that holds it: called with the three of `__exit__`, behind the breaker where it
    /// was looked up on the class (as `contextlib.ExitStack` does).
    #[pyo3(signature = (*args))]
    fn __call__<'py>(&self, args: &Bound<'py, PyTuple>) -> PyResult<Option<Bound<'py, Ready>>> {
        let kind = args.len().checked_sub(3).map(|at| args.get_borrowed_item(at)).transpose()?;
        let value = args.len().checked_sub(2).map(|at| args.get_borrowed_item(at)).transpose()?;
        if let (Some(kind), Some(value)) = (kind, value) {
            self.leave(&kind, &value)?;
        }
        if self.asynchronous { Bound::new(args.py(), Ready::none()).map(Some) } else { Ok(None) }
    }

    fn __repr__(&self) -> &'static str {
        if self.slot.is_full() { "<Permit, to be given back>" } else { "<Permit, given back>" }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.slot.traverse(&visit)
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(unpicklable(slf.as_any()))
    }
}

impl Permit {
    fn give_back(&self, py: Python<'_>, outcome: Classification, duration: Option<Seconds>) -> PyResult<()> {
        let held = self.take()?;
        match duration {
            Some(duration) => held.settle_after(py, outcome, duration.0),
            None => held.settle(py, outcome),
        }
        Ok(())
    }
}

/// A place for one [`Held`], which one of any number of threads takes out.
struct Slot {
    full: AtomicBool,
    held: UnsafeCell<MaybeUninit<Held>>,
}

// SAFETY: what it holds may be sent between threads, and only who turns `full` from true to false reads it.
unsafe impl Sync for Slot {}

const _: () = {
    const fn is_send<T: Send>() {}
    is_send::<Held>();
};

impl Slot {
    const fn new() -> Self {
        Self { full: AtomicBool::new(false), held: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// Only by who made it, and once: before anybody else can have it.
    fn put(&self, held: Held) {
        // SAFETY: it is empty, so nobody reads it.
        unsafe { (*self.held.get()).write(held) };
        // ORDERING: Release; pairs with the Acquire of `take`.
        self.full.store(true, Ordering::Release);
    }

    #[inline]
    fn take(&self) -> Option<Held> {
        // ORDERING: Acquire; pairs with the Release of `put`.
        let was_full = self.full.swap(false, Ordering::Acquire);
        // SAFETY: written before it was full, and nobody else found it full.
        was_full.then(|| unsafe { (*self.held.get()).assume_init_read() })
    }

    /// Shows the collector what it holds.
    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.is_full() {
            return Ok(());
        }
        // SAFETY: it is full, and no other code runs while the collector does.
        unsafe { (*self.held.get()).assume_init_ref() }.traverse(visit)
    }

    fn is_full(&self) -> bool {
        // ORDERING: Relaxed; for display.
        self.full.load(Ordering::Relaxed)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        drop(self.take());
    }
}
