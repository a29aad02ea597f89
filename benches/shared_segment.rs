//! What does it cost that a breaker lies in a file that other processes map?
//!
//! The same code on the same default configuration; the file is in /dev/shm. Overhead: as with one thread.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod support;

use support::ours;
use support::scratch::Scratch;

fn main() {
    let scratch = Scratch::new();
    let shared = ours::in_segment(&scratch, "segment");
    let heap = ours::on_heap("heap");
    support::bench(
        "where a breaker lives",
        [ours::admit_and_succeed("heap", heap), ours::admit_and_succeed("shared segment", shared)],
    );
}
