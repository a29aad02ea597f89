//! `NativePlace`: a call that waits for a seat of a bulkhead.

use crate::seat::NativeSeat;
use holysheep_cb::BulkheadPlace;
use napi_derive::napi;
use std::time::Duration;

/// A call that waits for a seat. It ends once: with its seat, given up, or cancelled.
#[napi]
pub struct NativePlace {
    place: Option<BulkheadPlace>,
}

impl NativePlace {
    pub(crate) fn of(place: BulkheadPlace) -> Self {
        Self { place: Some(place) }
    }
}

#[napi]
impl NativePlace {
    /// Looks for a seat.
    #[napi(catch_unwind)]
    pub fn enter(&mut self) -> Option<NativeSeat> {
        match self.place.take()?.enter(Duration::ZERO) {
            Ok(permit) => Some(NativeSeat::of(permit)),
            Err(place) => {
                self.place = Some(place);
                None
            }
        }
    }

    /// The call waits no longer, and is not let in.
    #[napi(catch_unwind)]
    pub fn give_up(&mut self) {
        if let Some(place) = self.place.take() {
            let _ = place.give_up();
        }
    }

    /// The call was cancelled; nothing if it is in.
    #[napi(catch_unwind)]
    pub fn cancel(&mut self) {
        self.place = None;
    }
}
