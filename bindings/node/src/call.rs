//! `NativeCall`: a call that is out. JavaScript is told when it has ended, and takes what came of it.

use crate::notify::Notify;
use crate::outcome::{CallOutcome, caught};
use holysheep_cb::client::{Cancel, Client, Request};
use napi_derive::napi;
use std::sync::{Arc, Mutex, PoisonError};

/// A call that is out. Broken off when it is collected, at the latest, and with its environment: a worker that is
/// terminated leaves nothing behind.
#[napi]
pub struct NativeCall {
    cancel: Cancel,
    outcome: Arc<Mutex<Option<CallOutcome>>>,
}

#[napi]
impl NativeCall {
    /// What came of it, once; nothing if its thread has panicked.
    #[napi(catch_unwind)]
    pub fn take(&self) -> Option<CallOutcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Breaks it off.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.cancel.cancel();
    }
}

impl NativeCall {
    /// A call, and what a thread has to do for it.
    pub(crate) fn make(
        client: &Client,
        request: Request,
        notify: Notify,
    ) -> (Self, impl FnOnce() + Send + use<>) {
        let (client, cancel, outcome) = (client.clone(), Cancel::new(), Arc::default());
        let request = request.cancel(&cancel);
        let call = Self { cancel, outcome: Arc::clone(&outcome) };
        let work = move || {
            let ended = caught(|| client.send(&request).into());
            *outcome.lock().unwrap_or_else(PoisonError::into_inner) = ended;
            notify.tell();
        };
        (call, work)
    }
}

impl Drop for NativeCall {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}
