//! The verbs of `hscb` that look and operate: the real binary, real segments, other processes. No test sleeps to be
//! right: what takes time is polled until a deadline that only a broken build reaches.

mod events;
mod look;
mod operate;
mod robust;
mod schema;
mod segments;
mod support;
mod tool;
mod worker;
