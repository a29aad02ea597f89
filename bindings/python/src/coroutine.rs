//! A protected coroutine: what a decorated `async def` returns. It drives the coroutine of the function, is admitted at
//! the first step, and gives its permit back at the last; dropped or closed in between, the call was ignored.
//!
//! The one type here that is made by the bare C API: awaiting it costs a `StopIteration` for every result unless it has
//! the slot `am_send`, for which PyO3 has no name and the stable ABI of 3.9 no place (`send` tells of both).
//!
//! Callbacks of the interpreter are attached, but PyO3 does not know it: where it has to (references of `PyErr`, hooks of
//! the breaker), they say so by `Python::attach`.

use crate::breaker::BreakerCore;
use crate::call;
use crate::held::Held;
use crate::send::{self, ERROR, NEXT, RETURN, Step};
use holysheep_cb::Classification;
use pyo3::exceptions::{PyRuntimeError, PyStopIteration, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};
use std::cell::UnsafeCell;
use std::ffi::{c_int, c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};

/// Makes protected coroutines.
pub(crate) struct Coroutine;

/// The Python object.
#[repr(C)]
struct Object {
    head: ffi::PyObject,
    body: Body,
}

struct Body {
    /// The function's coroutine.
    inner: Py<PyAny>,
    state: UnsafeCell<State>,
    /// A step is being made, and has taken the state out.
    busy: AtomicBool,
}

enum State {
    /// It has not begun.
    Fresh(Py<BreakerCore>),
    /// It has begun and not ended.
    Admitted(Held),
    Ended,
}

impl Coroutine {
    /// One that asks the breaker when it is awaited.
    pub(crate) fn fresh<'py>(
        inner: Bound<'py, PyAny>,
        core: &Bound<'py, BreakerCore>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::make(inner, State::Fresh(core.clone().unbind()))
    }

    /// One that was admitted already.
    pub(crate) fn admitted(inner: Bound<'_, PyAny>, held: Held) -> PyResult<Bound<'_, PyAny>> {
        Self::make(inner, State::Admitted(held))
    }

    fn make(inner: Bound<'_, PyAny>, state: State) -> PyResult<Bound<'_, PyAny>> {
        let py = inner.py();
        let kind = TYPE.get(py).ok_or_else(|| PyRuntimeError::new_err("the module is not ready"))?;
        let body =
            Body { inner: inner.unbind(), state: UnsafeCell::new(state), busy: AtomicBool::new(false) };
        // SAFETY: a type made by `prepare`, whose instances are as long as `Object`; the interpreter is attached.
        unsafe {
            let object = ffi::PyType_GenericAlloc(kind.as_ptr().cast(), 0);
            let object = Bound::from_owned_ptr_or_err(py, object)?;
            // SAFETY: nobody has seen it yet, and nothing in between can collect garbage.
            (&raw mut (*object.as_ptr().cast::<Object>()).body).write(body);
            Ok(object)
        }
    }
}

impl Body {
    /// Makes one step by `step`; `begins`: it may be the first.
    #[inline]
    fn advance<'py>(
        &self,
        py: Python<'py>,
        begins: bool,
        step: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<Step<'py>>,
    ) -> PyResult<Step<'py>> {
        // ORDERING: Acquire; pairs with the Release at the end of the step before.
        if self.busy.swap(true, Ordering::Acquire) {
            return Err(PyRuntimeError::new_err("the coroutine is being awaited already"));
        }
        // SAFETY: only who turned `busy` to true touches the state, until it is false again.
        let state = unsafe { &mut *self.state.get() };
        let result = self.advance_from(std::mem::replace(state, State::Ended), state, py, begins, step);
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
}

/// Its exception is judged; what is raised in the end.
#[cold]
fn failed(held: Held, error: PyErr) -> PyErr {
    Python::attach(|py| match call::judge(held.core(py), &error) {
        Ok(judged) => {
            held.settle(py, judged);
            error
        }
        Err(of_the_policy) => of_the_policy,
    })
}

/// It may not begin: the function's coroutine, which nobody will await, is closed.
#[cold]
fn refused(core: &Bound<'_, BreakerCore>, inner: &Bound<'_, PyAny>) -> PyErr {
    Python::attach(|_| inner.call_method0("close").err().unwrap_or_else(|| call::refusal(core)))
}

static TYPE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// Makes the type, when the module is made.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    let mut slots = vec![
        slot(ffi::Py_tp_doc, c"A coroutine through a breaker.".as_ptr().cast_mut().cast()),
        slot(ffi::Py_tp_new, new as *mut c_void),
        slot(ffi::Py_tp_dealloc, dealloc as *mut c_void),
        slot(ffi::Py_tp_traverse, traverse as *mut c_void),
        slot(ffi::Py_tp_getattro, getattro as *mut c_void),
        slot(ffi::Py_tp_iternext, iternext as *mut c_void),
        slot(ffi::Py_tp_methods, METHODS.0.as_ptr().cast_mut().cast()),
        slot(ffi::Py_am_await, itself as *mut c_void),
    ];
    if send::has_slots_of_3_10() {
        slots.push(slot(ffi::Py_am_send, am_send as *mut c_void));
    }
    slots.push(slot(0, null_mut()));
    let mut spec = ffi::PyType_Spec {
        name: c"holysheep_cb._native.Coroutine".as_ptr(),
        basicsize: size_of::<Object>() as c_int,
        itemsize: 0,
        flags: (ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_HAVE_GC) as c_uint,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: the spec is as its documentation asks for; functions and methods live as long as the module.
    let kind = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&mut spec)) }?;
    let _ = TYPE.set(py, kind.cast_into::<PyType>()?.unbind());
    Ok(())
}

fn slot(slot: c_int, pfunc: *mut c_void) -> ffi::PyType_Slot {
    ffi::PyType_Slot { slot, pfunc }
}

struct Methods([ffi::PyMethodDef; 4]);

// SAFETY: it is only read.
unsafe impl Sync for Methods {}

static METHODS: Methods = Methods([
    ffi::PyMethodDef {
        ml_name: c"send".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: send_method },
        ml_flags: ffi::METH_O,
        ml_doc: c"Sends a value into it, and returns what it waits for.".as_ptr(),
    },
    ffi::PyMethodDef {
        ml_name: c"throw".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: throw_method },
        ml_flags: ffi::METH_VARARGS,
        ml_doc: c"Raises an exception in it, and returns what it waits for.".as_ptr(),
    },
    ffi::PyMethodDef {
        ml_name: c"close".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: close_method },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: c"Ends it; a call that is not over yet counts as ignored.".as_ptr(),
    },
    ffi::PyMethodDef::zeroed(),
]);

/// The body of an object that the interpreter handed to one of the functions below.
///
/// # Safety
/// `object` is a living instance of the type.
unsafe fn body<'a>(object: *mut ffi::PyObject) -> &'a Body {
    // SAFETY: by contract; `make` wrote it.
    unsafe { &(*object.cast::<Object>()).body }
}

/// Runs a callback: no panic leaves it, and an error becomes the interpreter's.
///
/// # Safety
/// The interpreter is attached, as it is in its own callbacks.
#[inline]
unsafe fn callback<T>(otherwise: T, run: impl FnOnce(Python<'static>) -> PyResult<T>) -> T {
    // SAFETY: by contract, and the token does not outlive the callback.
    let py = unsafe { Python::assume_attached() };
    match catch_unwind(AssertUnwindSafe(|| run(py))) {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            Python::attach(|py| error.restore(py));
            otherwise
        }
        Err(panic) => {
            std::mem::forget(panic);
            let message = "a panic in holysheep_cb._native; please report it";
            Python::attach(|py| PyRuntimeError::new_err(message).restore(py));
            otherwise
        }
    }
}

unsafe extern "C" fn am_send(
    object: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
    result: *mut *mut ffi::PyObject,
) -> c_int {
    // SAFETY: as the slot promises: attached, a living instance, a borrowed value, a place for the result.
    unsafe {
        callback(ERROR, |py| {
            let value = Bound::from_borrowed_ptr(py, value);
            let (code, given) = match body(object).advance(py, true, |inner| send::send(inner, &value))? {
                Step::Yielded(given) => (NEXT, given),
                Step::Returned(given) => (RETURN, given),
            };
            result.write(given.into_ptr());
            Ok(code)
        })
    }
}

unsafe extern "C" fn iternext(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as the slot promises: attached, and a living instance.
    unsafe {
        callback(null_mut(), |py| {
            let none = py.None().into_bound(py);
            by_exception(body(object).advance(py, true, |inner| send::send(inner, &none))?)
        })
    }
}

unsafe extern "C" fn send_method(
    object: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as METH_O promises: attached, a living instance, a borrowed value.
    unsafe {
        callback(null_mut(), |py| {
            let value = Bound::from_borrowed_ptr(py, value);
            by_exception(body(object).advance(py, true, |inner| send::send(inner, &value))?)
        })
    }
}

unsafe extern "C" fn throw_method(
    object: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as METH_VARARGS promises: attached, a living instance, a borrowed tuple.
    unsafe {
        callback(null_mut(), |py| {
            let args = Bound::from_borrowed_ptr(py, args).cast_into_unchecked::<PyTuple>();
            let step = body(object).advance(py, false, |inner| {
                send::stepped(inner.getattr("throw").and_then(|throw| throw.call1(args)), py)
            })?;
            by_exception(step)
        })
    }
}

unsafe extern "C" fn close_method(object: *mut ffi::PyObject, _: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as METH_NOARGS promises: attached, and a living instance.
    unsafe {
        callback(null_mut(), |py| {
            // A coroutine that was closed has not returned: it is ignored by dropping its permit.
            let close = |inner: &Bound<'_, PyAny>| inner.call_method0("close").map(|_| ());
            body(object).end(py, close)?;
            Ok(py.None().into_ptr())
        })
    }
}

impl Body {
    /// Ends it without an outcome.
    fn end<'py>(
        &self,
        py: Python<'py>,
        close: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<()>,
    ) -> PyResult<()> {
        // ORDERING: Acquire; pairs with the Release below and at the end of a step.
        if self.busy.swap(true, Ordering::Acquire) {
            return Err(PyRuntimeError::new_err("the coroutine is being awaited already"));
        }
        // SAFETY: as in `advance`.
        let before = std::mem::replace(unsafe { &mut *self.state.get() }, State::Ended);
        let result = close(self.inner.bind(py));
        before.forget(py);
        // ORDERING: Release; see above.
        self.busy.store(false, Ordering::Release);
        result
    }
}

impl State {
    /// Drops what it holds, where PyO3 does not know that the interpreter is attached.
    fn forget(self, py: Python<'_>) {
        match self {
            Self::Fresh(core) => drop(core.into_bound(py)),
            Self::Admitted(held) => held.settle(py, Classification::Ignored),
            Self::Ended => {}
        }
    }
}

/// A step as iterators and methods tell it: the end is a StopIteration.
fn by_exception(step: Step<'_>) -> PyResult<*mut ffi::PyObject> {
    match step {
        Step::Yielded(value) => Ok(value.into_ptr()),
        Step::Returned(value) => Err(PyStopIteration::new_err((value.unbind(),))),
    }
}

unsafe extern "C" fn itself(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as the slot promises: attached, and a living instance.
    unsafe {
        ffi::Py_INCREF(object);
        object
    }
}

/// Its own attributes, then those of the function's coroutine: `cr_frame`, `__qualname__`, ... for whoever looks at tasks.
unsafe extern "C" fn getattro(object: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as the slot promises: attached, a living instance, a borrowed name.
    unsafe {
        let found = ffi::PyObject_GenericGetAttr(object, name);
        if !found.is_null() || ffi::PyErr_ExceptionMatches(ffi::PyExc_AttributeError) == 0 {
            return found;
        }
        ffi::PyErr_Clear();
        ffi::PyObject_GetAttr(body(object).inner.as_ptr(), name)
    }
}

/// Only functions make coroutines.
unsafe extern "C" fn new(
    _: *mut ffi::PyTypeObject,
    _: *mut ffi::PyObject,
    _: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as the slot promises: attached.
    unsafe {
        callback(null_mut(), |_| {
            Err(PyTypeError::new_err("only a decorated async function makes such coroutines"))
        })
    }
}

unsafe extern "C" fn traverse(object: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: as the slot promises: attached, a living instance, and no other code runs. A body that is being stepped has
    // taken its state out, and is seen without it: its references then count as held from outside.
    unsafe {
        let body = body(object);
        let held = match &*body.state.get() {
            State::Fresh(core) => core.as_ptr(),
            State::Admitted(held) => held.core(Python::assume_attached()).as_ptr(),
            State::Ended => null_mut(),
        };
        for pointer in [ffi::Py_TYPE(object).cast(), body.inner.as_ptr(), held] {
            if !pointer.is_null() {
                let stop = visit(pointer, arg);
                if stop != 0 {
                    return stop;
                }
            }
        }
        0
    }
}

unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: as the slot promises: attached, and nobody else has the object any more.
    unsafe {
        ffi::PyObject_GC_UnTrack(object.cast());
        let py = Python::assume_attached();
        let Body { inner, state, .. } = (&raw const (*object.cast::<Object>()).body).read();
        state.into_inner().forget(py);
        drop(inner.into_bound(py));
        let kind = ffi::Py_TYPE(object);
        ffi::PyObject_GC_Del(object.cast());
        ffi::Py_DECREF(kind.cast());
    }
}
