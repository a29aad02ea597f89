//! What does it cost that a breaker lies in a file that other processes map?
//!
//! The same code on the same default configuration; the file is in /dev/shm. Overhead: as with one thread.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod support;

use support::ours;
use support::scratch::Scratch;

fn main() {
    let scratch = Scratch::new();
    let subjects =
        [ours::admit_and_succeed("heap"), ours::admit_and_succeed_shared("shared segment", &scratch)];
    support::bench("where a breaker lives", subjects);
}
