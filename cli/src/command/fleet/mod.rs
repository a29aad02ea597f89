//! `hscb fleet`: what the hosts of a fleet know of each other, and what they are told.
//!
//! | file | what |
//! |---|---|
//! | `ask` | asking the server |
//! | `breaker`, `hosts` | a breaker of the fleet, and its hosts, as JSON and in words |
//! | `look` | the verbs that look |
//! | `operate` | the verbs that command |

mod ask;
mod breaker;
mod hosts;
mod look;
mod operate;
mod run;

pub(super) use breaker::Shape as FleetShape;
pub(super) use run::run;
