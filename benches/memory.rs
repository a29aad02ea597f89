//! How much memory does a breaker take?
//!
//! Nothing is timed: what a segment's file grows by per breaker, between two capacities.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod support;

use support::scratch::Scratch;
use support::space;

fn main() {
    let scratch = Scratch::new();
    for stripes in [1, 2, 4, 8] {
        let space = space::per_breaker(&scratch, stripes);
        println!("{stripes} stripes: cell {} bytes, with name and slot {} bytes", space.cell, space.whole);
    }
}
