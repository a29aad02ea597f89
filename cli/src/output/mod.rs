//! How every verb answers: lines, tables and colours for people, JSON for programs.

pub(crate) mod paint;

mod out;
mod table;
mod text;

pub(crate) use out::{Out, warn};
pub(crate) use table::{Cell, Table};
pub(crate) use text::{date, elapsed, plain, size};
