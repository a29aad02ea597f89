//! The hall: what a breaker answers, holds and shows.
//!
//! | file | what |
//! |---|---|
//! | `gate` | admit, ask, operate: everything that one word decides |
//! | `record` | giving a permit back: the fast path of a success, windows, totals |
//! | `judge` | asking the rules, and what follows |
//! | `show` | snapshot and latencies |
//! | `handle` | [`Breaker`], what users hold |
//! | `noting` | [`Noting`]: an operator's commands that say who and why |
//! | `remote` | [`Remote`]: what the breakers of other hosts do to it |
//! | `builder` | how it is opened |
//! | `inspect` | looking at breakers without using them |

#[cfg(not(loom))]
mod builder;
mod gate;
#[cfg(not(loom))]
mod handle;
#[cfg(not(loom))]
mod inspect;
mod judge;
#[cfg(not(loom))]
mod noting;
mod record;
#[cfg(not(loom))]
mod remote;
mod show;

#[cfg(not(loom))]
pub use builder::Builder;
#[cfg(not(loom))]
pub use handle::Breaker;
#[cfg(not(loom))]
pub use inspect::View;
#[cfg(not(loom))]
pub use noting::Noting;
#[cfg(not(loom))]
pub use remote::Remote;
#[cfg(loom)]
pub(crate) use {gate::Gate, record::Report};
