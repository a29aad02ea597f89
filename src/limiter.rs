//! The rate limiter: one for all processes of the host, beside the breaker in the same segment.
//!
//! | file | what |
//! |---|---|
//! | `handle` | [`Limiter`]: take, wait, correct |
//! | `turn` | [`LimiterTurn`]: units that are taken and come due later |
//! | `share` | [`Share`]: what this host has of a limit that hosts share |
//! | `builder` | how it is opened |
//! | `show` | what it says of itself |

mod builder;
mod handle;
mod share;
mod show;
mod turn;

pub use builder::LimiterBuilder;
pub use handle::{Limiter, ServerLimits};
pub use share::Share;
pub use show::LimiterSnapshot;
pub use turn::{Limited, LimiterTurn};
