//! `hscb serve`: the real binary, real sockets, other processes. No test sleeps to be right: what takes time is polled
//! until a deadline that only a broken build reaches.

mod agent;
mod api;
mod command;
mod hostile;
mod live;
mod metrics;
mod prometheus;
mod safety;
mod speed;
#[allow(dead_code, reason = "the tests of the verbs use the rest")]
#[path = "../verbs/support.rs"]
mod support;
mod troubles;
#[path = "../verbs/worker.rs"]
mod worker;
