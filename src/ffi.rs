//! The door: the C ABI of DESIGN section 4, as `include/holysheep_cb.h` declares it. One C noun per file; a body checks
//! its arguments, calls the hall, and translates the answer.
//!
//! | file | what |
//! |---|---|
//! | `status` | codes, and the thread's last message |
//! | `guard` | the panic guard around every export |
//! | `structs` | structs that say their size |
//! | `handle` | raw pointers in and out: handles and strings |
//! | `planted` | defects on purpose, for `tests/c_consumers` alone |
//! | `config`, `segment`, `breaker`, `limiter`, `turn`, `bulkhead`, `place`, `client` | one noun each |
//! | `response`, `snapshot`, `events`, `version` | likewise |
//! | `operator` | what an operator does with a breaker |

#![allow(non_camel_case_types)]

mod breaker;
mod bulkhead;
#[cfg(feature = "client")]
mod client;
mod config;
mod events;
mod guard;
mod handle;
mod limiter;
mod operator;
mod place;
#[cfg(hscb_planted_panic)]
mod planted;
mod response;
mod segment;
mod snapshot;
mod status;
mod structs;
mod turn;
mod version;

pub use breaker::*;
pub use bulkhead::*;
#[cfg(feature = "client")]
pub use client::*;
pub use config::*;
pub use events::*;
pub use limiter::*;
pub use operator::*;
pub use place::*;
pub use response::*;
pub use segment::*;
pub use snapshot::*;
pub use status::*;
pub use turn::*;
pub use version::*;
