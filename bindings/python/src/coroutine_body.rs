//! What a protected coroutine does: it drives the coroutine of the function, is admitted at the first step, and gives its
//! permit back at the last. Dropped or closed in between, the call was ignored. `coroutine` makes a Python object of it.
//!
//! Callbacks of the interpreter are attached, but PyO3 does not know it: where it has to (references of `PyErr`, hooks of
//! the breaker), the code says so by `Python::attach`, off the hot path. Everywhere else references are `Bound`.

use crate::breaker::BreakerCore;
use crate::call;
use crate::held::Held;
use crate::send::Step;
use holysheep_cb::Classification;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};

/// The inside of a protected coroutine.
pub(crate) struct Body {
    /// The function's coroutine.
    inner: Py<PyAny>,
    state: UnsafeCell<State>,
    /// A step is being made, and has taken the state out.
    busy: AtomicBool,
}

/// How far it is.
pub(crate) enum State {
    /// It has not begun.
    Fresh(Py<BreakerCore>),
    /// It has begun and not ended.
    Admitted(Held),
    Ended,
}

impl Body {
    pub(crate) fn new(inner: Py<PyAny>, state: State) -> Self {
        Self { inner, state: UnsafeCell::new(state), busy: AtomicBool::new(false) }
    }

    pub(crate) fn inner(&self) -> &Py<PyAny> {
        &self.inner
    }

    /// Makes one step by `step`; `begins`: it may be the first.
    #[inline]
    pub(crate) fn advance<'py>(
        &self,
        py: Python<'py>,
        begins: bool,
        step: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<Step<'py>>,
    ) -> PyResult<Step<'py>> {
        self.exclusively(|before, after| self.advance_from(before, after, py, begins, step))
    }

    /// Ends it without an outcome, by closing the function's coroutine.
    pub(crate) fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.exclusively(|before, _| {
            let result = self.inner.bind(py).call_method0("close");
            before.forget(py);
            result.map(drop)
        })
    }

    /// Takes the state out, and what the work leaves in its place is the next one.
    #[inline]
    fn exclusively<T>(&self, work: impl FnOnce(State, &mut State) -> PyResult<T>) -> PyResult<T> {
        // ORDERING: Acquire; pairs with the Release at the end of the step before.
        if self.busy.swap(true, Ordering::Acquire) {
            return Err(PyRuntimeError::new_err("the coroutine is being awaited already"));
        }
        // SAFETY: only who turned `busy` to true touches the state, until it is false again.
        let state = unsafe { &mut *self.state.get() };
        let result = work(std::mem::replace(state, State::Ended), state);
        // ORDERING: Release; see above.
        self.busy.store(false, Ordering::Release);
        result
    }

    #[inline]
    fn advance_from<'py>(
        &self,
        before: State,
        after: &mut State,
        py: Python<'py>,
        begins: bool,
        step: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<Step<'py>>,
    ) -> PyResult<Step<'py>> {
        let inner = self.inner.bind(py);
        let held = match before {
            State::Admitted(held) => Some(held),
            State::Fresh(core) if begins => {
                let core = core.into_bound(py);
                Some(Held::admit(&core).ok_or_else(|| refused(&core, inner))?)
            }
            State::Fresh(core) => {
                drop(core.into_bound(py));
                None
            }
            State::Ended => None,
        };
        match (step(inner), held) {
            (Ok(Step::Yielded(value)), held) => {
                *after = held.map_or(State::Ended, State::Admitted);
                Ok(Step::Yielded(value))
            }
            (Ok(Step::Returned(value)), held) => {
                if let Some(held) = held {
                    held.settle(py, Classification::Success);
                }
                Ok(Step::Returned(value))
            }
            (Err(error), Some(held)) => Err(failed(held, error)),
            (Err(error), None) => Err(error),
        }
    }

    /// What it holds, for the garbage collector.
    ///
    /// # Safety
    /// No other code runs meanwhile. While a step is made its state is out, and what that holds is not shown: it then
    /// counts as held from outside.
    pub(crate) unsafe fn references(&self, py: Python<'_>) -> [Option<*mut pyo3::ffi::PyObject>; 2] {
        // SAFETY: by contract.
        let core = match unsafe { &*self.state.get() } {
            State::Fresh(core) => Some(core.as_ptr()),
            State::Admitted(held) => held.core(py).map(Bound::as_ptr),
            State::Ended => None,
        };
        [Some(self.inner.as_ptr()), core]
    }

    /// Drops it.
    pub(crate) fn forget(self, py: Python<'_>) {
        self.state.into_inner().forget(py);
        drop(self.inner.into_bound(py));
    }
}

impl State {
    fn forget(self, py: Python<'_>) {
        match self {
            Self::Fresh(core) => drop(core.into_bound(py)),
            Self::Admitted(held) => held.settle(py, Classification::Ignored),
            Self::Ended => {}
        }
    }
}

/// Its exception is judged; what is raised in the end.
#[cold]
fn failed(held: Held, error: PyErr) -> PyErr {
    Python::attach(|py| call::settle(held, py, &error).err().unwrap_or(error))
}

/// It may not begin: the function's coroutine, which nobody will await, is closed.
#[cold]
fn refused(core: &Bound<'_, BreakerCore>, inner: &Bound<'_, PyAny>) -> PyErr {
    Python::attach(|_| inner.call_method0("close").err().unwrap_or_else(|| call::refusal(core)))
}
