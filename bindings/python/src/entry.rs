//! How `with breaker:` gets a permit of its own, although every thread, task and generator enters the same object.
//!
//! A `with` statement looks `__exit__` up before it calls `__enter__`, keeps what it found, and calls that at its end. So
//! `__exit__` is a descriptor that answers with a fresh, empty permit, and leaves it in a thread-local for the `__enter__`
//! that follows in the same thread, with no Python code in between. The statement thereby holds its own permit: nesting,
//! interleaved generators and coroutines that end in another context or thread cannot mix them up, as they could with a
//! stack per thread or per context. `contextlib.ExitStack` looks both up on the class, in the same order.

use crate::breaker::BreakerCore;
use crate::call;
use crate::held::Held;
use crate::permit::Permit;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use std::cell::Cell;
use std::ptr::null_mut;

/// The descriptor behind `__exit__` and `__aexit__`.
#[pyclass(frozen, module = "holysheep_cb._native")]
pub(crate) struct Entry {
    pub(crate) asynchronous: bool,
}

/// An exit that was looked up: the permit, owned, and the breaker, for comparison only (NULL: looked up on the class).
#[derive(Clone, Copy)]
struct Pending {
    permit: *mut pyo3::ffi::PyObject,
    breaker: *mut pyo3::ffi::PyObject,
}

const NOTHING: Pending = Pending { permit: null_mut(), breaker: null_mut() };

thread_local! {
    // No destructor, for that would run without the interpreter: a thread that ends between the two steps, which only
    // code that looks `__exit__` up for another purpose does, leaves one empty permit behind.
    static PENDING: Cell<Pending> = const { Cell::new(NOTHING) };
}

#[pymethods]
impl Entry {
    fn __get__<'py>(
        &self,
        py: Python<'py>,
        breaker: Option<&Bound<'py, PyAny>>,
        _class: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Permit>> {
        let permit = Bound::new(py, Permit::empty(self.asynchronous))?;
        let breaker = breaker.map_or(null_mut(), Bound::as_ptr);
        drop(take(py));
        PENDING.set(Pending { permit: permit.clone().into_ptr(), breaker });
        Ok(permit)
    }
}

impl Entry {
    /// `__enter__`: admits a call, and puts its permit where the statement looked for its exit.
    pub(crate) fn enter<'py>(core: &Bound<'py, BreakerCore>) -> PyResult<Bound<'py, Permit>> {
        let looked_up = take(core.py()).filter(|(_, breaker)| breaker.is_null() || *breaker == core.as_ptr());
        let Some((permit, _)) = looked_up else {
            return Err(PyTypeError::new_err(
                "a breaker is entered by a with statement or an ExitStack; where you call the steps yourself, \
                 breaker.admit() gives a permit to enter and exit; a subclass with an __exit__ of its own needs an \
                 __enter__, too",
            ));
        };
        permit.get().fill(Held::admit(core).ok_or_else(|| call::refusal(core))?);
        Ok(permit)
    }
}

/// What this thread looked up last, and has not entered.
fn take(py: Python<'_>) -> Option<(Bound<'_, Permit>, *mut pyo3::ffi::PyObject)> {
    let Pending { permit, breaker } = PENDING.replace(NOTHING);
    // SAFETY: NULL or an owned reference to a `Permit`, put there by `__get__` and taken out by this line alone.
    let permit = unsafe { Bound::from_owned_ptr_or_opt(py, permit) }?;
    // SAFETY: as above.
    Some((unsafe { permit.cast_into_unchecked() }, breaker))
}
