//! `NativeSeat`: a call that is in.

use holysheep_cb::BulkheadPermit;
use napi_derive::napi;

/// A seat of a bulkhead. Left when it is collected, at the latest.
#[napi]
pub struct NativeSeat {
    permit: Option<BulkheadPermit>,
}

impl NativeSeat {
    pub(crate) fn of(permit: BulkheadPermit) -> Self {
        Self { permit: Some(permit) }
    }
}

#[napi]
impl NativeSeat {
    /// Whether it was still held.
    #[napi(catch_unwind)]
    pub fn leave(&mut self) -> bool {
        self.permit.take().is_some()
    }

    #[napi(getter, catch_unwind)]
    pub fn is_held(&self) -> bool {
        self.permit.is_some()
    }
}
