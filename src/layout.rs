//! The ground plan: what a breaker, a limiter and a bulkhead are in memory, on the heap and in a file alike. A breaker's
//! cell is followed by its stripes.
//!
//! Everything is an atomic word, all-zero memory is a cell that nobody has initialised, and nothing here is a pointer.
//! The offsets are asserted; whoever changes one raises [`LAYOUT`].

#[cfg(not(loom))]
mod beside;
mod cell;
mod fields;
mod kind;
mod settings;
mod site;

pub(crate) use cell::{Cell, Events, LAYOUT, Stripe, bytes, commit, count, read, total_successes};
pub(crate) use kind::Kind;
pub(crate) use site::Site;
#[cfg(not(loom))]
pub(crate) use {
    beside::{Beside, BulkheadCell, LimiterCell},
    cell::add,
};
