//! The Python type of a protected coroutine, what a decorated `async def` returns.
//!
//! The one type here that is made by the bare C API. Awaiting it costs a `StopIteration` for every result, unless it has
//! the slot `am_send`, for which PyO3 has no name and the stable ABI of 3.9 no place (`send` tells of both). The
//! interpreter asks for that slot in 3.10 and 3.11; later ones take the `StopIteration`, which PyO3 makes dearly.

use crate::breaker::BreakerCore;
use crate::coroutine_body::{Body, State};
use crate::held::Held;
use crate::send::{self, ERROR, NEXT, RETURN, Step};
use pyo3::exceptions::{PyBaseException, PyRuntimeError, PyStopIteration, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};
use std::ffi::{c_int, c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

/// Makes protected coroutines.
pub(crate) struct Coroutine;

/// The Python object.
#[repr(C)]
struct Object {
    head: ffi::PyObject,
    body: Body,
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
        let body = Body::new(inner.unbind(), state);
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
            match body(object).advance(py, true, |inner| send::send(inner, &none))? {
                // The end without an exception is one with None.
                Step::Returned(value) if value.is_none() => Ok(null_mut()),
                step => by_exception(step),
            }
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
            body(object).close(py)?;
            Ok(py.None().into_ptr())
        })
    }
}

/// A step as iterators and methods tell it: the end is a StopIteration.
fn by_exception(step: Step<'_>) -> PyResult<*mut ffi::PyObject> {
    let value = match step {
        Step::Yielded(value) => return Ok(value.into_ptr()),
        Step::Returned(value) => value,
    };
    if value.is_instance_of::<PyTuple>() || value.is_instance_of::<PyBaseException>() {
        // PyErr_SetObject would take these for the arguments of the exception, and for the exception.
        return Err(PyStopIteration::new_err((value.unbind(),)));
    }
    // SAFETY: attached, as every callback is; both are living objects.
    unsafe { ffi::PyErr_SetObject(ffi::PyExc_StopIteration, value.as_ptr()) };
    Ok(null_mut())
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
        ffi::PyObject_GetAttr(body(object).inner().as_ptr(), name)
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
    // SAFETY: as the slot promises: attached, a living instance, and no other code runs.
    unsafe {
        let held = body(object).references(Python::assume_attached());
        let kind = Some(ffi::Py_TYPE(object).cast());
        for pointer in held.into_iter().chain([kind]).flatten() {
            let stop = visit(pointer, arg);
            if stop != 0 {
                return stop;
            }
        }
        0
    }
}

unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: as the slot promises: attached, and nobody else has the object any more.
    unsafe {
        ffi::PyObject_GC_UnTrack(object.cast());
        (&raw const (*object.cast::<Object>()).body).read().forget(Python::assume_attached());
        let kind = ffi::Py_TYPE(object);
        ffi::PyObject_GC_Del(object.cast());
        ffi::Py_DECREF(kind.cast());
    }
}
