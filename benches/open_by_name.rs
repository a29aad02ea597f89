//! How long does it take to open a breaker by name, when its segment holds 100,000 of them (one stripe each)?
//!
//! Names come in an order that no cache can guess, and have lain untouched for some thousand others. Overhead: storing
//! the handle (it is dropped, and its name checked, after the clock has stopped) and reading the name from a list.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod support;

use support::ours::Crowd;
use support::scratch::Scratch;

fn main() {
    let scratch = Scratch::new();
    support::bench("open by name", [Crowd::new(&scratch).open()]);
}
