//! What does it cost when two threads use the same breaker at once?
//!
//! Time per operation and thread, so perfect scaling is the cost of one thread. Threads are pinned to two cores; pieces
//! of work during which either lost its core are done again (`support/pair.rs`), which on a busy machine takes patience
//! and leaves the figure alone. Overhead: as with one thread, and two readings of a clock per 20,000 operations.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod support;

use support::cpus;
use support::pair::Pair;

fn main() {
    let cpus = match cpus::two() {
        Ok(cpus) => cpus,
        Err(why) => return println!("two threads: not measured: {why}"),
    };
    let all = [Pair::ours, Pair::twin, Pair::recloser, Pair::failsafe, Pair::fetch_add];
    let pairs = all.into_iter().map(|make| make(cpus));
    support::bench("two threads", pairs.flat_map(|pair| [pair.alone, pair.together]));
}
