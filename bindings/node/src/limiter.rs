//! `NativeLimiter`.

use crate::error::{Result, from_core};
use crate::hot::{from_ms, to_ms, wait_ms};
use crate::segment::NativeSegment;
use crate::turn::NativeTurn;
use holysheep_cb::{Limiter, LimiterConfig, ServerLimits, Share};
use napi::bindgen_prelude::Either;
use napi_derive::napi;

/// A rate limiter.
#[napi]
pub struct NativeLimiter {
    limiter: Limiter,
}

/// A limiter at one moment. Calls that go on meanwhile may show in one part and not yet in another.
#[napi(object, object_from_js = false)]
pub struct LimiterSnapshot {
    /// Units per period, as configured.
    pub limit: u32,
    /// Units per period, as the server says; not there if it has not said.
    pub server_limit: Option<u32>,
    /// The period, ms.
    pub period_ms: f64,
    /// Units that may go at once after a quiet time, as configured.
    pub burst: u32,
    /// Units that may go at once now.
    pub available: u32,
    /// How long until one unit may go, ms.
    pub retry_after_ms: f64,
    /// What is left of a pause that the server asked for, ms.
    pub paused_ms: f64,
    /// Calls that went.
    pub admitted: f64,
    /// Units that they took.
    pub units: f64,
    /// Calls that did not go.
    pub refused: f64,
    /// Pauses that the server asked for.
    pub pauses: f64,
    /// The shared segment was lost, and this limiter goes on alone.
    pub private: bool,
    /// What this host may use of the limit: 1, unless hosts share it.
    pub share: f64,
}

#[napi]
impl NativeLimiter {
    /// Gets the limiter of this name, or creates it. `config`: JSON with the core's names; left out = the defaults, or the
    /// existing limiter's own.
    #[napi(constructor, catch_unwind)]
    pub fn new(segment: &NativeSegment, name: String, config: Option<String>) -> Result<Self> {
        let mut builder = Limiter::builder().segment(segment.segment());
        if let Some(config) = config {
            builder = builder.config(LimiterConfig::from_json(&config).map_err(from_core)?);
        }
        Ok(Self { limiter: builder.open(&name).map_err(from_core)? })
    }

    /// Every field of a configuration with its default, as JSON with the core's names.
    #[napi(catch_unwind)]
    pub fn default_config() -> String {
        LimiterConfig::default().to_json()
    }

    #[napi(catch_unwind)]
    pub fn try_acquire(&self, units: u32) -> bool {
        self.limiter.try_acquire(units).is_ok()
    }

    /// Units whose turn comes within `patience` ms; else the ms that it would take.
    #[napi(catch_unwind)]
    pub fn reserve(&self, units: u32, patience: f64) -> Either<NativeTurn, f64> {
        match self.limiter.reserve(units, from_ms(patience)) {
            Ok(turn) => Either::A(NativeTurn::of(turn)),
            Err(limited) => Either::B(wait_ms(limited.retry_after)),
        }
    }

    #[napi(catch_unwind)]
    pub fn retry_after_ms(&self, units: u32) -> f64 {
        wait_ms(self.limiter.retry_after(units))
    }

    #[napi(catch_unwind)]
    pub fn give_back(&self, units: u32) {
        self.limiter.give_back(units);
    }

    #[napi(catch_unwind)]
    pub fn charge(&self, units: u32) {
        self.limiter.charge(units);
    }

    #[napi(catch_unwind)]
    pub fn pause(&self, ms: f64) {
        self.limiter.pause(from_ms(ms));
    }

    #[napi(catch_unwind)]
    pub fn correct(&self, limit: Option<u32>, remaining: Option<u32>, reset_ms: Option<f64>) {
        self.limiter.correct(ServerLimits { limit, remaining, reset: reset_ms.map(from_ms) });
    }

    #[napi(catch_unwind)]
    pub fn snapshot(&self) -> LimiterSnapshot {
        let s = self.limiter.snapshot();
        LimiterSnapshot {
            limit: s.limit,
            server_limit: s.server_limit,
            period_ms: to_ms(s.period),
            burst: s.burst,
            available: s.available,
            retry_after_ms: wait_ms(s.retry_after),
            paused_ms: to_ms(s.paused),
            admitted: s.admitted as f64,
            units: s.units as f64,
            refused: s.refused as f64,
            pauses: s.pauses as f64,
            private: s.private,
            share: Share::part(s.share.unwrap_or(Share::WHOLE).in_force()),
        }
    }

    /// Replaces the configuration, for every process. `config`: JSON with the core's names.
    #[napi(catch_unwind)]
    pub fn configure(&self, config: String) -> Result<()> {
        let config = LimiterConfig::from_json(&config).map_err(from_core)?;
        self.limiter.configure(config).map_err(from_core)
    }

    /// The configuration in force, as JSON with the core's names.
    #[napi(getter, catch_unwind)]
    pub fn config(&self) -> String {
        self.limiter.config().to_json()
    }
}
