//! `hscb fleet`: what the hosts of a fleet know of each other, and what they are told.
//!
//! | file | what |
//! |---|---|
//! | `ask` | asking the server |
//! | `breaker`, `hosts`, `limit` | a breaker of the fleet, its hosts, and a limit that they share, as JSON and in words |
//! | `look` | the verbs that look |
//! | `operate` | the verbs that command |

mod ask;
mod breaker;
mod hosts;
mod limit;
mod look;
mod operate;
mod run;

pub(super) use breaker::Shape as FleetShape;
pub(super) use run::run;
