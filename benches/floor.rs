//! What does the machine itself ask for the work of one admitted call?
//!
//! Overhead in every figure: a counter and a jump. Results are kept in registers (`support/sink.rs`); with `black_box`
//! they would be stored to the stack, and the `fetch_add` would wait for those stores.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod support;

use support::machine;

fn main() {
    let parts = [machine::clock(), machine::fetch_add(), machine::clock_and_fetch_add()];
    let floors = [machine::floor()].into_iter().chain(machine::bare_floor());
    support::bench("floor", parts.into_iter().chain(floors));
}
