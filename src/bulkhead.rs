//! The bulkhead: at most so many calls in flight, over all processes of the host, beside the breaker in the same segment.
//!
//! | file | what |
//! |---|---|
//! | `handle` | [`Bulkhead`]: enter, wait, leave |
//! | `permit` | [`BulkheadPermit`]: a seat that is left when it is dropped |
//! | `place` | [`BulkheadPlace`]: a call that waits for a seat |
//! | `seat` | finding a seat, those of processes that are gone among them |
//! | `builder` | how it is opened |
//! | `show` | what it says of itself |

mod builder;
mod handle;
mod permit;
mod place;
mod seat;
mod show;

pub use builder::BulkheadBuilder;
pub use handle::Bulkhead;
pub use permit::{BulkheadFull, BulkheadPermit};
pub use place::BulkheadPlace;
pub use show::BulkheadSnapshot;
