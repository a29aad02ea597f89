//! What does it cost to record a failure that does not trip?
//!
//! The longest way each time: of 64 stamps all are looked at, and with a rate every latency bin of 8 stripes is summed.
//! Permits are admitted outside of the timing. Overhead: reading a permit from a list, and two readings of a clock per
//! 62 or 1000 failures (about 1 ns each).

#[allow(dead_code, reason = "each bench uses a part of it")]
mod support;

use support::ours;
use support::scratch::Scratch;

fn main() {
    let scratch = Scratch::new();
    support::bench("failure", [ours::failure_with_threshold(), ours::failure_with_rate(&scratch)]);
}
