//! A circuit breaker that every thread, every process and every language on a host share, at the cost of one uncontended
//! atomic.
//!
//! A breaker lives by name in a [`Segment`]: a private one of this process, or a file in shared memory that any number of
//! processes map. What one of them learns of an outage, all know at the next call.
//!
//! ```
//! use holysheep_cb::{Breaker, CallError, Config};
//! use std::time::Duration;
//!
//! let config = Config::new().failure_threshold(5).open(Duration::from_secs(30));
//! let breaker = Breaker::builder().config(config).open("api.holysheep.ai|gpt-4.1")?;
//! match breaker.call(|| std::net::TcpStream::connect("127.0.0.1:9")) {
//!     Ok(stream) => println!("connected: {stream:?}"),
//!     Err(CallError::Rejected(rejected)) => println!("not tried: {rejected}"),
//!     Err(CallError::Failed(error)) => println!("failed: {error}"),
//! }
//! # Ok::<(), holysheep_cb::Error>(())
//! ```
//!
//! The modules stand in one order, and each imports only from those before it (`tests/architecture`). The rules that the
//! code cites as S1 to S15 are written down in `docs/STATE.md`, its structure in `docs/ARCHITECTURE.md`.

mod prim;
mod error;
mod fork;
mod chain;
mod outcome;
mod clock;
mod cpu;
mod config;
mod word;
mod window;
mod histogram;
mod journal;
mod gcra;
mod pace;
mod seats;
mod layout;
mod segment;
mod stats;
mod breaker;
#[cfg(not(loom))]
mod permit;
#[cfg(not(loom))]
mod call;
#[cfg(not(loom))]
mod limiter;
#[cfg(not(loom))]
mod bulkhead;
#[cfg(not(loom))]
pub mod response;
#[cfg(all(feature = "tower", not(loom)))]
pub mod tower;
#[cfg(all(feature = "client", not(loom)))]
pub mod client;
#[cfg(all(feature = "ffi", not(loom)))]
pub mod ffi;
#[cfg(all(test, loom))]
mod models;

pub use clock::{Clock, FineClock, ManualClock, SystemClock};
pub use config::{BulkheadConfig, Config, LimiterConfig, Verdict, Window};
pub use error::{Error, ErrorKind, Result};
pub use histogram::Histogram;
pub use journal::Event;
pub use outcome::{Classification, Mode, Outcome, Reason};
pub use stats::{Snapshot, Totals};
#[cfg(not(loom))]
pub use {
    breaker::{Breaker, Builder, Noting, Remote, View},
    bulkhead::{Bulkhead, BulkheadBuilder, BulkheadFull, BulkheadPermit, BulkheadPlace, BulkheadSnapshot},
    call::{CallError, Rejected},
    limiter::{Limited, Limiter, LimiterBuilder, LimiterSnapshot, LimiterTurn, ServerLimits, Share},
    permit::{OwnedPermit, Permit},
    segment::{EventReader, Segment, SegmentInfo, SegmentOptions},
};
