//! Results that are not there yet: a call that returns a coroutine or a generator has only begun.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The types of `types` that are judged at their end.
static KINDS: PyOnceLock<[Py<PyType>; 3]> = PyOnceLock::new();

/// Looks the types up, when the module is made.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    let types = py.import("types")?;
    let kind = |name| types.getattr(name)?.cast_into::<PyType>().map_err(PyErr::from).map(Bound::unbind);
    let kinds = [kind("CoroutineType")?, kind("GeneratorType")?, kind("AsyncGeneratorType")?];
    let _ = KINDS.set(py, kinds);
    Ok(())
}

fn kinds(py: Python<'_>) -> &'static [Py<PyType>] {
    KINDS.get(py).map_or(&[], |kinds| kinds)
}

/// A coroutine of an `async def`.
pub(crate) fn is_coroutine(result: &Bound<'_, PyAny>) -> bool {
    kinds(result.py()).first().is_some_and(|kind| kind.as_ptr() == result.get_type_ptr().cast())
}

/// A coroutine, generator or async generator, or anything else that can be awaited.
#[inline]
pub(crate) fn is_deferred(result: &Bound<'_, PyAny>) -> bool {
    let kind = result.get_type_ptr();
    kinds(result.py()).iter().any(|deferred| deferred.as_ptr() == kind.cast()) || can_be_awaited(result, kind)
}

fn can_be_awaited(result: &Bound<'_, PyAny>, kind: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: the type of a living object. Before 3.10, PyType_GetSlot takes heap types only.
    let heap = unsafe { ffi::PyType_GetFlags(kind) } & ffi::Py_TPFLAGS_HEAPTYPE != 0;
    if heap || crate::send::has_slots_of_3_10() {
        // SAFETY: as above.
        return unsafe { !ffi::PyType_GetSlot(kind, ffi::Py_am_await).is_null() };
    }
    result.get_type().hasattr("__await__").unwrap_or(false)
}
