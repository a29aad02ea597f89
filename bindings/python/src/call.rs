//! One protected call, from admission to outcome. What is not a plain success is asked of the breaker's Python half.

use crate::breaker::BreakerCore;
use crate::coroutine::Coroutine;
use crate::deferred;
use crate::held::Held;
use crate::permit::Permit as PyPermit;
use holysheep_cb::{Classification, Permit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

type Kwargs<'a, 'py> = Option<&'a Bound<'py, PyDict>>;

/// Makes the call if it may go.
#[inline]
pub(crate) fn run<'py>(
    core: &Bound<'py, BreakerCore>,
    function: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Kwargs<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let Ok(permit) = core.get().breaker.admit() else { return rejected(core, function, args, kwargs) };
    match function.call(args, kwargs) {
        Ok(result) if core.get().judges_results || deferred::is_deferred(&result) => {
            returned(core, permit, result, args, kwargs)
        }
        Ok(result) => {
            permit.success();
            Ok(result)
        }
        Err(error) => failed(core, permit, error, args, kwargs),
    }
}

/// The exception of a call that was not made.
#[cold]
pub(crate) fn refusal(core: &Bound<'_, BreakerCore>) -> PyErr {
    core.call_method0(intern!(core.py(), "_refusal")).map_or_else(|failed| failed, PyErr::from_value)
}

/// What an exception says of the service. An error of the policy itself comes in the place of `error`.
#[cold]
pub(crate) fn judge(core: &Bound<'_, BreakerCore>, error: &PyErr) -> PyResult<Classification> {
    let judged = core.call_method1(intern!(core.py(), "_judge"), (error.value(core.py()),));
    let number = judged.and_then(|judged| judged.extract::<u32>());
    number.map(outcome).map_err(|of_policy| during(error, of_policy, core.py()))
}

/// Gives a permit back with what an exception says of the service; with an error of the policy itself it is ignored.
#[cold]
pub(crate) fn settle(held: Held, py: Python<'_>, error: &PyErr) -> PyResult<()> {
    let judged = held.core(py).map(|core| judge(core, error)).transpose()?;
    held.settle(py, judged.unwrap_or(Classification::Ignored));
    Ok(())
}

/// An error that came up while `first` was dealt with, as an `except` clause would show it.
fn during(first: &PyErr, second: PyErr, py: Python<'_>) -> PyErr {
    link(first.value(py), second.value(py), py).err().unwrap_or(second)
}

/// Makes `first` the context of `second`. Where `second` is one of the contexts of `first` already, as the cause that a
/// fallback raises again, it is cut out of them, as the interpreter does it: who follows contexts must come to an end.
fn link(first: &Bound<'_, PyAny>, second: &Bound<'_, PyAny>, py: Python<'_>) -> PyResult<()> {
    /// More than any chain has that somebody reads.
    const LONGEST: usize = 10_000;
    let context = intern!(py, "__context__");
    let mut link = first.clone();
    for _ in 0..LONGEST {
        if link.is(second) {
            return Ok(());
        }
        let next = link.getattr(context)?;
        if next.is(second) {
            link.setattr(context, py.None())?;
        } else if !next.is_none() {
            link = next;
            continue;
        }
        return second.setattr(context, first);
    }
    Ok(())
}

/// The outcome of a number of the C ABI; an unknown one is ignored.
fn outcome(number: u32) -> Classification {
    match number {
        0 => Classification::Success,
        1 => Classification::Failure,
        _ => Classification::Ignored,
    }
}

#[cold]
fn rejected<'py>(
    core: &Bound<'py, BreakerCore>,
    function: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Kwargs<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    core.call_method1(intern!(core.py(), "_rejected"), (function, args, kwargs))
}

#[cold]
fn failed<'py>(
    core: &Bound<'py, BreakerCore>,
    permit: Permit<'_>,
    error: PyErr,
    args: &Bound<'py, PyTuple>,
    kwargs: Kwargs<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let judged = judge(core, &error)?;
    permit.give_back(judged);
    if judged == Classification::Failure && core.get().has_fallback {
        let py = core.py();
        let instead = core.call_method1(intern!(py, "_instead"), (error.value(py), args, kwargs));
        return instead.map_err(|of_fallback| during(&error, of_fallback, py));
    }
    Err(error)
}

/// A result that has to be looked at, or that is yet to come.
#[cold]
fn returned<'py>(
    core: &Bound<'py, BreakerCore>,
    permit: Permit<'_>,
    result: Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Kwargs<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = core.py();
    let is_plain = !core.get().judges_results && !core.get().has_fallback;
    if deferred::is_coroutine(&result) && is_plain {
        return Coroutine::admitted(result, Held::keep(permit, core));
    }
    if deferred::is_deferred(&result) {
        let permit = PyPermit::of(Held::keep(permit, core));
        return core.call_method1(intern!(py, "_deferred"), (permit, result, args, kwargs));
    }
    let number = core.call_method1(intern!(py, "_judge_result"), (&result,))?.extract::<u32>()?;
    permit.give_back(outcome(number));
    Ok(result)
}
