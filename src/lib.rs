//! A circuit breaker that every thread, process and language on a host share, at the cost of one uncontended atomic.
//!
//! The modules stand in the order below; each imports only from those before it (`tests/architecture.rs`).

mod breaker;
#[cfg(not(loom))]
mod call;
mod clock;
mod config;
mod cpu;
mod error;
#[cfg(all(feature = "ffi", not(loom)))]
pub mod ffi;
mod fork;
mod histogram;
mod journal;
mod layout;
mod outcome;
#[cfg(not(loom))]
mod permit;
mod prim;
#[cfg(not(loom))]
mod segment;
mod stats;
mod window;
mod word;

pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{Config, Verdict, Window};
pub use error::{Error, ErrorKind, Result};
pub use journal::Event;
pub use outcome::{Classification, Mode, Outcome, Reason};
pub use stats::{Snapshot, Totals};
#[cfg(not(loom))]
pub use {
    breaker::{Breaker, Builder},
    call::{CallError, Rejected},
    permit::{OwnedPermit, Permit},
    segment::{EventReader, Segment, SegmentOptions},
};
