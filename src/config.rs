//! The configuration of a breaker, of a limiter, of a bulkhead: a table of fields each (DESIGN section 2) from which the
//! C struct, the JSON form, the cell's words, the validation and the messages all follow.

mod beside;
mod json;
mod rules;
mod setters;
mod table;
mod value;

pub use beside::{BulkheadConfig, LimiterConfig};
pub(crate) use rules::{Counts, Rules, Tally};
pub(crate) use table::{BULKHEAD, FIELDS, Field, LIMITER, SEATS, Spec, Values, WAITING};
pub use value::{Config, Verdict, Window};
