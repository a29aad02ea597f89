//! Telling JavaScript from another thread that there is something to be read.

use napi::Status;
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};

/// Weak, so that it keeps no process alive; of one place, for a second notice says no more than the first.
pub(crate) struct Notify(ThreadsafeFunction<(), (), (), Status, false, true, 1>);

impl Notify {
    pub(crate) fn new(hearer: &Function<(), ()>) -> napi::Result<Self> {
        Ok(Self(hearer.build_threadsafe_function().weak().max_queue_size().build()?))
    }

    /// False if nobody can hear any more: the environment has ended.
    pub(crate) fn tell(&self) -> bool {
        self.0.call((), ThreadsafeFunctionCallMode::NonBlocking) != Status::Closing
    }
}
