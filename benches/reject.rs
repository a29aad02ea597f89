//! What does it cost to be told no, while the breaker is open?
//!
//! Against what a rejection cannot do without: a clock read and a count. In Rust the error says how long to wait; in C
//! that is a question of its own. Overhead: a counter, a jump, and the test that the call was rejected.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod support;

use support::c_loop::CLoops;
use support::{machine, ours, rivals};

fn main() {
    let mut subjects = vec![machine::clock_and_fetch_add(), ours::reject()];
    match CLoops::new() {
        Ok(c) => subjects.push(c.reject()),
        Err(why) => println!("from C: not measured: {why}"),
    }
    subjects.extend([rivals::mutex_twin_rejects(), rivals::recloser_rejects()]);
    support::bench("reject", subjects);
}
