//! A fleet: the real binary as the agent of each host, workers beside it, and a real `redis-server`. A host is a directory
//! of segments. No test sleeps to be right: what takes time is polled until a deadline that only a broken build reaches.

mod apart;
mod commands;
mod ends;
mod host;
mod limits;
mod many;
mod openings;
mod outages;
mod proxy;
mod recovery;
mod redis;
mod speed;
#[allow(dead_code, reason = "the tests of the verbs use the rest")]
#[path = "../verbs/support.rs"]
mod support;
mod together;
mod ways;
mod witness;
#[path = "../verbs/worker.rs"]
mod worker;
mod wrong;
