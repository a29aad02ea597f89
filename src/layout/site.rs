//! What a breaker's operations ask of the place where it lives, whether that is a mapped file, the heap or a model.

use super::cell::{Cell, Events, Stripe};
use crate::journal::NameWords;

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
}
