//! `LimiterCore`: the handle of a rate limiter.

use crate::error::raised;
use crate::seconds::Seconds;
use crate::segment::SegmentCore;
use crate::turn::Turn;
use holysheep_cb::{Limiter, LimiterConfig, ServerLimits, Share};
use pyo3::prelude::*;

/// The handle of a rate limiter; `holysheep_cb.Limiter` is what users see.
#[pyclass(frozen, subclass, module = "holysheep_cb._native")]
pub(crate) struct LimiterCore {
    limiter: Limiter,
    /// It existed before, with another configuration than the one asked for, which it keeps.
    kept_config: bool,
}

/// limit, server_limit, period_ms, burst, available, retry_after, paused, admitted, units, refused, pauses, (private, share).
type LimiterFields = (u32, Option<u32>, u64, u32, u32, f64, f64, u64, u64, u64, u64, (bool, f64));

#[pymethods]
impl LimiterCore {
    #[new]
    fn new(py: Python<'_>, segment: &SegmentCore, name: &str, config: Option<&str>) -> PyResult<Self> {
        let mut builder = Limiter::builder().segment(&segment.segment);
        let asked = config.map(LimiterConfig::from_json).transpose().map_err(|error| raised(py, &error))?;
        if let Some(config) = asked {
            builder = builder.config(config);
        }
        let limiter = py.detach(|| builder.open(name)).map_err(|error| raised(py, &error))?;
        let kept_config = asked.is_some_and(|asked| asked != limiter.config());
        Ok(Self { limiter, kept_config })
    }

    fn _try_acquire(&self, units: u32) -> bool {
        self.limiter.try_acquire(units).is_ok()
    }

    /// Units whose turn comes within `patience`; else the seconds that it would take.
    fn _reserve(&self, py: Python<'_>, units: u32, patience: Seconds) -> PyResult<Py<PyAny>> {
        match self.limiter.reserve(units, patience.0) {
            Ok(turn) => Ok(Bound::new(py, Turn::of(turn))?.into_any().unbind()),
            Err(limited) => Ok(limited.retry_after.as_secs_f64().into_pyobject(py)?.into_any().unbind()),
        }
    }

    fn _retry_after(&self, units: u32) -> f64 {
        self.limiter.retry_after(units).as_secs_f64()
    }

    fn _give_back(&self, units: u32) {
        self.limiter.give_back(units);
    }

    fn _charge(&self, units: u32) {
        self.limiter.charge(units);
    }

    /// Nobody goes for so many seconds, at most a day; of several pauses at once the longest counts.
    fn pause(&self, duration: Seconds) {
        self.limiter.pause(duration.0);
    }

    fn _correct(&self, limit: Option<u32>, remaining: Option<u32>, reset: Option<Seconds>) {
        self.limiter.correct(ServerLimits { limit, remaining, reset: reset.map(|reset| reset.0) });
    }

    fn _snapshot(&self) -> LimiterFields {
        let s = self.limiter.snapshot();
        (
            s.limit,
            s.server_limit,
            s.period.as_millis() as u64,
            s.burst,
            s.available,
            s.retry_after.as_secs_f64(),
            s.paused.as_secs_f64(),
            s.admitted,
            s.units,
            s.refused,
            s.pauses,
            (s.private, Share::part(s.share.unwrap_or(Share::WHOLE).in_force())),
        )
    }

    fn _configure(&self, py: Python<'_>, config: &str) -> PyResult<()> {
        let config = LimiterConfig::from_json(config).map_err(|error| raised(py, &error))?;
        self.limiter.configure(config).map_err(|error| raised(py, &error))
    }

    fn _config(&self) -> String {
        self.limiter.config().to_json()
    }

    #[getter]
    fn _kept_config(&self) -> bool {
        self.kept_config
    }
}
