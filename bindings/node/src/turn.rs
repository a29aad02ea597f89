//! `NativeTurn`: units of a limiter that are taken and come due later.

use crate::hot::wait_ms;
use holysheep_cb::LimiterTurn;
use napi_derive::napi;

/// Units that a call has taken, and when it may go. It ends once: the call goes, gives up, or is dropped.
#[napi]
pub struct NativeTurn {
    turn: Option<LimiterTurn>,
}

impl NativeTurn {
    pub(crate) fn of(turn: LimiterTurn) -> Self {
        Self { turn: Some(turn) }
    }
}

#[napi]
impl NativeTurn {
    /// Ms until the call may go; 0 = now. A pause that comes meanwhile makes it longer.
    #[napi(catch_unwind)]
    pub fn due_in_ms(&self) -> f64 {
        self.turn.as_ref().map_or(0.0, |turn| wait_ms(turn.due_in()))
    }

    /// The call goes, and uses the units.
    #[napi(catch_unwind)]
    pub fn go(&mut self) {
        if let Some(turn) = self.turn.take() {
            turn.go();
        }
    }

    /// The call waits no longer, and does not go; ms until it would have.
    #[napi(catch_unwind)]
    pub fn give_up(&mut self) -> f64 {
        self.turn.take().map_or(0.0, |turn| wait_ms(turn.give_up().retry_after))
    }

    /// The call was cancelled; nothing if the turn has ended.
    #[napi(catch_unwind)]
    pub fn cancel(&mut self) {
        self.turn = None;
    }
}
