//! Driving a coroutine. Since 3.10 the interpreter hands its result over without raising `StopIteration`, by a function
//! (`PyIter_Send`) and a slot (`am_send`) that the stable ABI of 3.9 does not have; both are asked for at run time.

use pyo3::exceptions::PyStopIteration;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use std::ffi::c_int;
use std::ptr::null_mut;
use std::sync::OnceLock;

/// What one step of a coroutine came to.
pub(crate) enum Step<'py> {
    /// It waits for this.
    Yielded(Bound<'py, PyAny>),
    /// It has ended with this.
    Returned(Bound<'py, PyAny>),
}

/// What `am_send` and `PyIter_Send` return.
pub(crate) const RETURN: c_int = 0;
pub(crate) const ERROR: c_int = -1;
pub(crate) const NEXT: c_int = 1;

type IterSend =
    unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject, *mut *mut ffi::PyObject) -> c_int;

/// `PyIter_Send` of the running interpreter, if it has one.
fn iter_send() -> Option<IterSend> {
    static FOUND: OnceLock<Option<IterSend>> = OnceLock::new();
    *FOUND.get_or_init(find)
}

#[cfg(unix)]
fn find() -> Option<IterSend> {
    // SAFETY: looks a name up among the libraries of the process.
    let symbol = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"PyIter_Send".as_ptr()) };
    // SAFETY: this name has had this one signature since it came (3.10); NULL is None.
    unsafe { std::mem::transmute::<*mut std::ffi::c_void, Option<IterSend>>(symbol) }
}

#[cfg(not(unix))]
fn find() -> Option<IterSend> {
    None
}

/// The interpreter is of 3.10 or later: it has `am_send`, and lets the slots of every type be asked for.
pub(crate) fn has_slots_of_3_10() -> bool {
    iter_send().is_some()
}

/// Sends a value (None at first) into a coroutine.
#[inline]
pub(crate) fn send<'py>(coroutine: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> PyResult<Step<'py>> {
    let Some(iter_send) = iter_send() else {
        return stepped(coroutine.call_method1(intern!(coroutine.py(), "send"), (value,)), coroutine.py());
    };
    let mut result = null_mut();
    // SAFETY: living objects, and the interpreter is attached.
    let step = unsafe { iter_send(coroutine.as_ptr(), value.as_ptr(), &mut result) };
    // SAFETY: NULL, or a new reference.
    match unsafe { Bound::from_owned_ptr_or_opt(coroutine.py(), result) } {
        Some(result) if step == NEXT => Ok(Step::Yielded(result)),
        Some(result) if step == RETURN => Ok(Step::Returned(result)),
        _ => Err(PyErr::fetch(coroutine.py())),
    }
}

/// The step that a method of a coroutine made: its result, or the `StopIteration` that carries it.
pub(crate) fn stepped<'py>(result: PyResult<Bound<'py, PyAny>>, py: Python<'py>) -> PyResult<Step<'py>> {
    // Attached for PyO3 too, which else puts off to drop the exception.
    Python::attach(|_| match result {
        Ok(waits_for) => Ok(Step::Yielded(waits_for)),
        Err(error) if error.is_instance_of::<PyStopIteration>(py) => {
            error.value(py).getattr(intern!(py, "value")).map(Step::Returned)
        }
        Err(error) => Err(error),
    })
}
