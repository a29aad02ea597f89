//! `BulkheadCore`: the handle of a bulkhead.

use crate::error::raised;
use crate::place::Place;
use crate::seat::BulkheadPermit;
use crate::segment::SegmentCore;
use holysheep_cb::{Bulkhead, BulkheadConfig};
use pyo3::prelude::*;

/// The handle of a bulkhead; `holysheep_cb.Bulkhead` is what users see.
#[pyclass(frozen, subclass, module = "holysheep_cb._native")]
pub(crate) struct BulkheadCore {
    bulkhead: Bulkhead,
    /// It existed before, with another configuration than the one asked for, which it keeps.
    kept_config: bool,
}

/// limit, max_waiting, active, available, waiting, entered, refused, reclaimed, private.
type BulkheadFields = (u32, u32, u32, u32, u32, u64, u64, u64, bool);

#[pymethods]
impl BulkheadCore {
    #[new]
    fn new(py: Python<'_>, segment: &SegmentCore, name: &str, config: Option<&str>) -> PyResult<Self> {
        let mut builder = Bulkhead::builder().segment(&segment.segment);
        let asked = config.map(BulkheadConfig::from_json).transpose().map_err(|error| raised(py, &error))?;
        if let Some(config) = asked {
            builder = builder.config(config);
        }
        let bulkhead = py.detach(|| builder.open(name)).map_err(|error| raised(py, &error))?;
        let kept_config = asked.is_some_and(|asked| asked != bulkhead.config());
        Ok(Self { bulkhead, kept_config })
    }

    /// A seat if one is free; else None.
    fn try_enter(&self) -> Option<BulkheadPermit> {
        self.bulkhead.try_enter().ok().map(BulkheadPermit::of)
    }

    /// A place in the queue; None if as many wait as may.
    fn _line_up(&self) -> Option<Place> {
        self.bulkhead.line_up().ok().map(Place::of)
    }

    fn _snapshot(&self) -> BulkheadFields {
        let s = self.bulkhead.snapshot();
        (
            s.limit,
            s.max_waiting,
            s.active,
            s.available,
            s.waiting,
            s.entered,
            s.refused,
            s.reclaimed,
            s.private,
        )
    }

    fn _configure(&self, py: Python<'_>, config: &str) -> PyResult<()> {
        let config = BulkheadConfig::from_json(config).map_err(|error| raised(py, &error))?;
        self.bulkhead.configure(config).map_err(|error| raised(py, &error))
    }

    fn _config(&self) -> String {
        self.bulkhead.config().to_json()
    }

    #[getter]
    fn _kept_config(&self) -> bool {
        self.kept_config
    }
}
