//! The configuration of a breaker: one table of fields (DESIGN section 2) from which the C struct, the JSON form, the
//! cell's words, the validation and the messages all follow.

mod json;
mod rules;
mod setters;
mod table;
mod value;

pub(crate) use rules::{Counts, Rules, Tally};
pub(crate) use table::{FIELDS, Field, Spec, Values};
pub use value::{Config, Verdict, Window};
