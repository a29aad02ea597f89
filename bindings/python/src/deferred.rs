//! Results that are not there yet: a call that returns a coroutine or a generator has only begun.

use crate::send::has_slots_of_3_10;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// Types that are judged at their end; that of coroutines is the first.
static KINDS: PyOnceLock<Vec<Py<PyType>>> = PyOnceLock::new();

/// Looks the types up, when the module is made.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    let mut names =
        vec![("types", "CoroutineType"), ("types", "GeneratorType"), ("types", "AsyncGeneratorType")];
    if !has_slots_of_3_10() {
        // Static types, which cannot be asked for their slots.
        names.extend([("asyncio", "Future"), ("asyncio", "Task")]);
    }
    let kind = |(module, name)| Ok(py.import(module)?.getattr(name)?.cast_into::<PyType>()?.unbind());
    let kinds = names.into_iter().map(kind).collect::<PyResult<_>>()?;
    let _ = KINDS.set(py, kinds);
    Ok(())
}

fn kinds(py: Python<'_>) -> &'static [Py<PyType>] {
    KINDS.get(py).map_or(&[], Vec::as_slice)
}

/// A coroutine of an `async def`.
pub(crate) fn is_coroutine(result: &Bound<'_, PyAny>) -> bool {
    kinds(result.py()).first().is_some_and(|kind| kind.as_ptr() == result.get_type_ptr().cast())
}

/// A coroutine, generator or async generator, or anything else that can be awaited.
#[inline]
pub(crate) fn is_deferred(result: &Bound<'_, PyAny>) -> bool {
    let kind = result.get_type_ptr();
    kinds(result.py()).iter().any(|deferred| deferred.as_ptr() == kind.cast()) || can_be_awaited(kind)
}

fn can_be_awaited(kind: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: the type of a living object. Before 3.10, PyType_GetSlot takes heap types only.
    unsafe {
        let heap = ffi::PyType_GetFlags(kind) & ffi::Py_TPFLAGS_HEAPTYPE != 0;
        (heap || has_slots_of_3_10()) && !ffi::PyType_GetSlot(kind, ffi::Py_am_await).is_null()
    }
}
