//! `NativeBreaker`: what a breaker can do beside the hot functions, which know it by its number.

use crate::error::{Result, from_core};
use crate::hot::{from_ms, to_ms, wait_ms};
use crate::mode::Mode;
use crate::segment::NativeSegment;
use crate::slots::{self, Slots};
use crate::snapshot::Snapshot;
use holysheep_cb::{Breaker, Config, Noting};
use napi::bindgen_prelude::Env;
use napi_derive::napi;
use std::rc::Rc;

/// A breaker, with its number for the hot functions.
#[napi]
pub struct NativeBreaker {
    breaker: Breaker,
    slots: Rc<Slots>,
    handle: u32,
}

#[napi]
impl NativeBreaker {
    /// Gets the breaker of this name, or creates it. `config`: JSON with the core's names; left out = the defaults, or
    /// the existing breaker's own.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, segment: &NativeSegment, name: String, config: Option<String>) -> Result<Self> {
        let mut builder = Breaker::builder().segment(segment.segment());
        if let Some(config) = config {
            builder = builder.config(Config::from_json(&config).map_err(from_core)?);
        }
        let breaker = builder.open(&name).map_err(from_core)?;
        let slots = slots::hold(&env);
        let handle = slots.put(breaker.clone());
        Ok(Self { breaker, slots, handle })
    }

    /// Every field of a configuration with its default, as JSON with the core's names.
    #[napi(catch_unwind)]
    pub fn default_config() -> String {
        Config::new().to_json()
    }

    /// An error if this is no configuration. `config`: JSON with the core's names.
    #[napi(catch_unwind)]
    pub fn check_config(config: String) -> Result<()> {
        Config::from_json(&config).map(drop).map_err(from_core)
    }

    /// Its number; 0 is none.
    #[napi(getter, catch_unwind)]
    pub fn handle(&self) -> u32 {
        self.handle
    }

    /// Takes its number back: whoever uses it from now on has no breaker.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.slots.take(std::mem::take(&mut self.handle));
    }

    #[napi(getter, catch_unwind)]
    pub fn mode(&self) -> Mode {
        self.breaker.mode().into()
    }

    #[napi(catch_unwind)]
    pub fn would_admit(&self) -> bool {
        self.breaker.would_admit()
    }

    #[napi(catch_unwind)]
    pub fn retry_after_ms(&self) -> Option<f64> {
        self.breaker.retry_after().map(wait_ms)
    }

    #[napi(catch_unwind)]
    pub fn snapshot(&self) -> Snapshot {
        self.breaker.snapshot().into()
    }

    #[napi(catch_unwind)]
    pub fn latency_ms(&self, quantile: f64) -> Option<f64> {
        self.breaker.latency(quantile).map(to_ms)
    }

    #[napi(catch_unwind)]
    pub fn reset(&self, note: Option<String>) {
        self.noting(note.as_deref()).reset();
    }

    #[napi(catch_unwind)]
    pub fn trip(&self, note: Option<String>) {
        self.noting(note.as_deref()).trip();
    }

    #[napi(catch_unwind)]
    pub fn trip_for(&self, ms: f64, note: Option<String>) {
        self.noting(note.as_deref()).trip_for(from_ms(ms));
    }

    #[napi(catch_unwind)]
    pub fn force_open(&self, note: Option<String>) {
        self.noting(note.as_deref()).force_open();
    }

    #[napi(catch_unwind)]
    pub fn disable(&self, note: Option<String>) {
        self.noting(note.as_deref()).disable();
    }

    #[napi(catch_unwind)]
    pub fn observe(&self, note: Option<String>) {
        self.noting(note.as_deref()).observe();
    }

    #[napi(catch_unwind)]
    pub fn half_open(&self, note: Option<String>) -> Result<()> {
        self.noting(note.as_deref()).half_open().map_err(from_core)
    }

    /// Replaces the configuration, for every process. `config`: JSON with the core's names.
    #[napi(catch_unwind)]
    pub fn configure(&self, config: String) -> Result<()> {
        let config = Config::from_json(&config).map_err(from_core)?;
        self.breaker.configure(&config).map_err(from_core)
    }

    /// The configuration in force, as JSON with the core's names.
    #[napi(getter, catch_unwind)]
    pub fn config(&self) -> String {
        self.breaker.config().to_json()
    }
}

impl NativeBreaker {
    /// Commands whose event has this note.
    fn noting(&self, note: Option<&str>) -> Noting<'_> {
        self.breaker.noting(note.unwrap_or_default())
    }
}

impl Drop for NativeBreaker {
    fn drop(&mut self) {
        self.close();
    }
}
