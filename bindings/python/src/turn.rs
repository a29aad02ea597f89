//! `Turn`: units of a limiter that are taken and come due later.

use holysheep_cb::LimiterTurn;
use pyo3::prelude::*;
use std::sync::{Mutex, PoisonError};

/// Units that a call has taken, and when it may go. It ends once: the call goes, gives up, or is dropped.
#[pyclass(frozen, module = "holysheep_cb._native")]
pub(crate) struct Turn {
    turn: Mutex<Option<LimiterTurn>>,
}

impl Turn {
    pub(crate) fn of(turn: LimiterTurn) -> Self {
        Self { turn: Mutex::new(Some(turn)) }
    }

    /// Nothing waits or calls Python while it is locked.
    fn take(&self) -> Option<LimiterTurn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[pymethods]
impl Turn {
    /// Seconds until the call may go; 0 = now. A pause that comes meanwhile makes it longer.
    fn due_in(&self) -> f64 {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        turn.as_ref().map_or(0.0, |turn| turn.due_in().as_secs_f64())
    }

    /// The call goes, and uses the units.
    fn go(&self) {
        if let Some(turn) = self.take() {
            turn.go();
        }
    }

    /// The call waits no longer, and does not go; seconds until it would have.
    fn give_up(&self) -> f64 {
        self.take().map_or(0.0, |turn| turn.give_up().retry_after.as_secs_f64())
    }

    /// The call was cancelled; nothing if the turn has ended.
    fn drop(&self) {
        drop(self.take());
    }
}
