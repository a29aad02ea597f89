//! The Python module.

use crate::breaker::BreakerCore;
use crate::bulkhead::BulkheadCore;
use crate::guarded::Guarded;
use crate::limiter::LimiterCore;
use crate::permit::Permit;
use crate::place::Place;
use crate::response::{ResponseCore, request_name};
use crate::seat::BulkheadPermit;
use crate::segment::SegmentCore;
use crate::turn::Turn;
use crate::verdict::Verdict;
use crate::{coroutine, deferred};
use pyo3::prelude::*;

/// The native half of holysheep_cb.
#[pymodule(gil_used = false)]
#[pyo3(name = "_native")]
fn native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    deferred::prepare(py)?;
    coroutine::prepare(py)?;
    module.add("VERSION", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<SegmentCore>()?;
    module.add_class::<BreakerCore>()?;
    module.add_class::<Permit>()?;
    module.add_class::<LimiterCore>()?;
    module.add_class::<Turn>()?;
    module.add_class::<BulkheadCore>()?;
    module.add_class::<Place>()?;
    module.add_class::<BulkheadPermit>()?;
    module.add_class::<ResponseCore>()?;
    module.add_class::<Verdict>()?;
    module.add_function(wrap_pyfunction!(request_name, module)?)?;
    module.add_class::<Guarded>()
}
