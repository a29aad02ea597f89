//! Tables that are being read: their keys may be what a command prints, or a file. A thread does it, and JavaScript is told
//! when it is done.

use crate::client::NativeClient;
use crate::error::{Result, from_core, from_io, from_napi};
use crate::notify::Notify;
use crate::outcome::caught;
use crate::segment::NativeSegment;
use holysheep_cb::client::Client;
use napi::bindgen_prelude::Function;
use napi_derive::napi;
use std::sync::{Arc, Mutex, PoisonError};

/// A client that is being opened.
#[napi]
pub struct NativeOpening {
    client: Made<Client>,
    most: u32,
}

/// A table that is being replaced.
#[napi]
pub struct NativeReplacing {
    done: Made<()>,
}

/// What a thread makes.
struct Made<T>(Arc<Mutex<Option<holysheep_cb::Result<T>>>>);

#[napi]
impl NativeOpening {
    /// `most`: as the client's own. `notify` is called when it is open, or cannot be.
    #[napi(factory, catch_unwind)]
    pub fn begin(
        segment: &NativeSegment,
        table: String,
        most: u32,
        notify: Function<(), ()>,
    ) -> Result<Self> {
        let segment = segment.segment().clone();
        Ok(Self { client: Made::by(move || Client::open(&table, &segment), &notify)?, most })
    }

    /// The client, once; nothing if the thread has panicked.
    #[napi(catch_unwind)]
    pub fn take(&self) -> Result<Option<NativeClient>> {
        Ok(self.client.take()?.map(|client| NativeClient::of(client, self.most)))
    }
}

#[napi]
impl NativeReplacing {
    /// Whether it is; false if the thread has panicked.
    #[napi(catch_unwind)]
    pub fn take(&self) -> Result<bool> {
        Ok(self.done.take()?.is_some())
    }
}

impl NativeReplacing {
    pub(crate) fn begin(client: Client, table: String, notify: &Function<(), ()>) -> Result<Self> {
        Ok(Self { done: Made::by(move || client.replace_table(&table), notify)? })
    }
}

impl<T: Send + 'static> Made<T> {
    fn by(
        work: impl FnOnce() -> holysheep_cb::Result<T> + Send + 'static,
        notify: &Function<(), ()>,
    ) -> Result<Self> {
        let notify = Notify::new(notify).map_err(from_napi)?;
        let made = Self(Arc::default());
        let there = Arc::clone(&made.0);
        let thread = std::thread::Builder::new().name("holysheep-table".to_owned());
        let begun = thread.spawn(move || {
            let done = caught(work);
            *there.lock().unwrap_or_else(PoisonError::into_inner) = done;
            notify.tell();
        });
        begun.map_err(from_io)?;
        Ok(made)
    }

    fn take(&self) -> Result<Option<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().transpose().map_err(from_core)
    }
}
