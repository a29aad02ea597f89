//! What does it cost to protect a call: admit + record success, on one thread?
//!
//! Against the floor of the machine, the same breaker behind a mutex, and two rivals. Overhead: a counter, a jump, and
//! the test that the call was admitted. `call` goes by a closure, as the rivals' interface has it; the closure is empty.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod support;

use support::{machine, ours, rivals, twin};

fn main() {
    twin::must_agree();
    support::bench(
        "one thread",
        [
            machine::floor(),
            ours::admit_and_succeed("admit + success"),
            ours::call(),
            rivals::mutex_twin(),
            rivals::recloser(),
            rivals::failsafe(),
        ],
    );
}
