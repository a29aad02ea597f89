//! Sliding windows (S6): what the rules look at. Each is emptied by a new tag and not by writing: a word whose tag is
//! not the present one does not count, so there is no second step that a kill could leave out.
//!
//! | file | what |
//! |---|---|
//! | `ticks` | a time window of calls: counter sums at the start of each tick |
//! | `ring` | the last failures by their exact time, or the last calls of a window of calls |
//! | `row` | failures in a row |

mod ring;
mod row;
mod ticks;

pub(crate) use ring::Ring;
pub(crate) use row::Row;
pub(crate) use ticks::{Calls, Rolled, Sums, Ticks};
