//! What a breaker's operations ask of the place where it lives, whether that is a mapped file, the heap or a model.

use super::cell::{Cell, Events, Stripe};
use crate::journal::NameWords;
#[cfg(not(loom))]
use crate::journal::{Entry, NoteWords};
#[cfg(not(loom))]
use crate::outcome::Reason;

/// A cell with what belongs to it.
pub(crate) trait Site {
    /// The breaker's shared part.
    fn cell(&self) -> &Cell;
    /// All its stripes.
    fn stripes(&self) -> &[Stripe];
    /// The stripe of the CPU that we are on.
    fn stripe(&self) -> &Stripe;
    /// Where its transitions are told.
    fn events(&self) -> &Events;
    /// What it is called there.
    fn name(&self) -> &NameWords;
    /// Wakes whoever waits for an event.
    fn wake(&self);

    /// Tells of something that is no transition: `from` and `to` are the mode it has.
    #[cfg(not(loom))]
    fn tell(&self, reason: Reason, note: &NoteWords, now: u64) {
        let state = self.cell().word.load();
        self.events().write(&Entry {
            time: now,
            breaker: self.name(),
            from: state.mode(),
            to: state.mode(),
            reason,
            generation: state.generation(),
            pid: std::process::id(),
            note,
        });
        self.wake();
    }
}
