//! `NativeClient`.

use crate::batch::NativeBatch;
use crate::call::NativeCall;
use crate::crew::Crew;
use crate::error::{Result, from_core, from_io, from_napi};
use crate::notify::Notify;
use crate::opening::NativeReplacing;
use crate::pieces::NativePieces;
use crate::segment::NativeSegment;
use holysheep_cb::client::{Client, Request};
use napi::bindgen_prelude::Function;
use napi_derive::napi;

/// A client for AI relays. Requests are JSON, as the core reads them (`hscb_client_send`).
#[napi]
pub struct NativeClient {
    client: Client,
    crew: Crew,
}

#[napi]
impl NativeClient {
    /// `most`: calls that are out at once; further ones queue.
    #[napi(constructor, catch_unwind)]
    pub fn new(segment: &NativeSegment, table: String, most: u32) -> Result<Self> {
        Ok(Self::of(Client::open(&table, segment.segment()).map_err(from_core)?, most))
    }

    /// Makes a call. `notify` is called when it has ended.
    #[napi(catch_unwind)]
    pub fn send(&self, request: String, notify: Function<(), ()>) -> Result<NativeCall> {
        let request = Request::from_json(&request).map_err(from_core)?;
        let notify = Notify::new(&notify).map_err(from_napi)?;
        let (call, work) = NativeCall::make(&self.client, request, notify);
        self.crew.run(work).map_err(from_io)?;
        Ok(call)
    }

    /// Makes a call whose answer comes in pieces. `notify` is called when there are some to be read, and at the end.
    #[napi(catch_unwind)]
    pub fn stream(&self, request: String, notify: Function<(), ()>) -> Result<NativePieces> {
        let request = Request::from_json(&request).map_err(from_core)?;
        let notify = Notify::new(&notify).map_err(from_napi)?;
        let (pieces, work) = NativePieces::make(&self.client, request, notify);
        self.crew.run(work).map_err(from_io)?;
        Ok(pieces)
    }

    /// Makes many calls, `concurrency` at a time. `notify` is called when some are done, and at the end.
    #[napi(catch_unwind)]
    pub fn batch(
        &self,
        requests: Vec<String>,
        concurrency: u32,
        notify: Function<(), ()>,
    ) -> Result<NativeBatch> {
        let requests: std::result::Result<_, _> =
            requests.iter().map(|request| Request::from_json(request)).collect();
        let notify = Notify::new(&notify).map_err(from_napi)?;
        NativeBatch::start(&self.client, requests.map_err(from_core)?, concurrency as usize, notify)
            .map_err(from_io)
    }

    /// Replaces the table; calls that have a thread go on with the old one. `notify` is called when it is done.
    #[napi(catch_unwind)]
    pub fn replace_table(&self, table: String, notify: Function<(), ()>) -> Result<NativeReplacing> {
        NativeReplacing::begin(self.client.clone(), table, &notify)
    }

    /// How the routes are and what the calls came to, as JSON with the core's names.
    #[napi(catch_unwind)]
    pub fn status(&self) -> String {
        self.client.status_json().to_string()
    }
}

impl NativeClient {
    pub(crate) fn of(client: Client, most: u32) -> Self {
        Self { client, crew: Crew::new(most as usize) }
    }
}
