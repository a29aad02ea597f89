//! `hscb top` in a real terminal: tmux draws it, types, and tells what is on the screen. No test sleeps to be right: what
//! takes time is polled until a deadline that only a broken build reaches.

mod ends;
mod json;
mod operates;
mod shows;
#[path = "../verbs/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the other verbs")]
mod support;
mod terminal;
#[path = "../verbs/worker.rs"]
mod worker;
