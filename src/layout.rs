//! The ground plan: what a breaker is in memory, on the heap and in a file alike. A cell is followed by its stripes.
//!
//! Everything is an atomic word, all-zero memory is a cell that nobody has initialised, and nothing here is a pointer.
//! The offsets below are asserted; whoever changes one raises [`LAYOUT`].

mod cell;
mod settings;
mod site;

pub(crate) use cell::{Cell, Events, LAYOUT, Stripe, bytes, commit, count, read, total_successes};
pub(crate) use site::Site;
