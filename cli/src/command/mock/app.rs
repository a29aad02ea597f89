//! What all handlers share.

use super::gate::Connections;
use super::script::Script;
use super::stage::Stage;
use super::tally::Board;
use crate::cli::{Secret, Start};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// What all handlers share.
#[derive(Debug)]
pub(super) struct App {
    /// What is to happen.
    pub(super) script: Arc<Script>,
    /// When its time begins.
    pub(super) start: Start,
    /// The key that requests need.
    pub(super) key: Option<Secret>,
    /// Which phase it is.
    pub(super) stage: Stage,
    /// Connections to the API's port.
    pub(super) connections: Arc<Connections>,
    /// Notified when the server is to end.
    pub(super) stop: Notify,
    /// The counters.
    pub(super) boards: Boards,
}

/// The counters in use; a reset puts new ones in their place, and requests in flight end on the old.
#[derive(Debug)]
pub(super) struct Boards(Mutex<Arc<Board>>);

impl Boards {
    /// Counters at zero.
    pub(super) fn new(script: &Script) -> Self {
        Self(Mutex::new(Board::new(script)))
    }

    /// The counters in use.
    pub(super) fn current(&self) -> Arc<Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counters at zero from now on.
    pub(super) fn reset(&self, script: &Script) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Board::new(script);
    }
}
