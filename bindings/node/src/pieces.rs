//! `NativePieces`: an answer that comes in pieces. A thread pulls them, and JavaScript reads them at its own pace: where
//! [`ROOM`] of them lie unread the thread pulls no more, and the service has to wait.

use crate::notify::Notify;
use crate::outcome::caught;
use holysheep_cb::client::{Cancel, Client, Failure, Request};
use napi_derive::napi;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Pieces that may lie unread.
const ROOM: usize = 64;

/// A piece of an answer.
#[napi(object, object_from_js = false)]
pub struct PieceNative {
    /// The data of the event, as it came.
    pub data: String,
    /// The text that it adds; not there if it adds none.
    pub text: Option<String>,
}

/// An answer that comes. Broken off when it is collected, at the latest, and with its environment.
#[napi]
pub struct NativePieces {
    flow: Arc<Flow>,
}

struct Flow {
    cancel: Cancel,
    state: Mutex<State>,
    /// There is room again, or the user broke off.
    news: Condvar,
}

#[derive(Default)]
struct State {
    unread: VecDeque<PieceNative>,
    meta: Option<String>,
    failure: Option<String>,
    has_ended: bool,
    has_panicked: bool,
}

#[napi]
impl NativePieces {
    /// The pieces that are there; none if there are none yet, or no more.
    #[napi(catch_unwind)]
    pub fn read(&self) -> Vec<PieceNative> {
        let unread = std::mem::take(&mut self.flow.lock().unread);
        self.flow.news.notify_one();
        unread.into()
    }

    /// No more pieces will come.
    #[napi(getter, catch_unwind)]
    pub fn has_ended(&self) -> bool {
        self.flow.lock().has_ended
    }

    /// Its thread has panicked.
    #[napi(getter, catch_unwind)]
    pub fn has_panicked(&self) -> bool {
        self.flow.lock().has_panicked
    }

    /// What ended it before its time, as JSON.
    #[napi(getter, catch_unwind)]
    pub fn failure(&self) -> Option<String> {
        self.flow.lock().failure.clone()
    }

    /// What became of the call so far, as JSON; nothing before the first piece.
    #[napi(getter, catch_unwind)]
    pub fn meta(&self) -> Option<String> {
        self.flow.lock().meta.clone()
    }

    /// Breaks it off.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.flow.cancel.cancel();
        // With the lock: a thread that has just looked waits before it is told.
        let _state = self.flow.lock();
        self.flow.news.notify_one();
    }
}

impl NativePieces {
    /// A stream, and what a thread has to do for it.
    pub(crate) fn make(
        client: &Client,
        request: Request,
        notify: Notify,
    ) -> (Self, impl FnOnce() + Send + use<>) {
        let (client, cancel) = (client.clone(), Cancel::new());
        let request = request.cancel(&cancel);
        let flow = Arc::new(Flow { cancel, state: Mutex::default(), news: Condvar::new() });
        let pieces = Self { flow: Arc::clone(&flow) };
        let work = move || {
            let pulled = caught(|| flow.pull(&client, &request, &notify));
            let mut state = flow.lock();
            state.has_ended = true;
            state.has_panicked = pulled.is_none();
            state.failure = pulled.and_then(Result::err).map(|failure| failure.to_json().to_string());
            drop(state);
            notify.tell();
        };
        (pieces, work)
    }
}

impl Drop for NativePieces {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl Flow {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Pulls all of it.
    fn pull(&self, client: &Client, request: &Request, notify: &Notify) -> Result<(), Failure> {
        let mut stream = client.stream(request)?;
        self.lock().meta = Some(stream.meta().to_json().to_string());
        for piece in stream.by_ref() {
            let piece = piece?;
            let piece = PieceNative { text: piece.text(), data: piece.data().to_owned() };
            let is_full = |state: &mut State| state.unread.len() >= ROOM && !self.cancel.is_cancelled();
            let mut state =
                self.news.wait_while(self.lock(), is_full).unwrap_or_else(PoisonError::into_inner);
            if self.cancel.is_cancelled() {
                return Ok(());
            }
            state.unread.push_back(piece);
            drop(state);
            notify.tell();
        }
        self.lock().meta = Some(stream.meta().to_json().to_string());
        Ok(())
    }
}
