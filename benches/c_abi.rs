//! What does it cost to come through the C ABI, from C?
//!
//! A loop in C, compiled here by `cc -O2` and linked against the `libholysheep_cb.so` of this build, as a C program is:
//! two calls by the dynamic linker's table per operation. Overhead: one call from Rust into C per measurement.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod support;

use support::c_loop::CLoops;
use support::ours;

fn main() {
    let rust = ours::admit_and_succeed("from Rust");
    match CLoops::new() {
        Ok(c) => support::bench("C ABI", [rust, c.admit_and_succeed(), c.reject()]),
        Err(why) => println!("C ABI: not measured: {why}"),
    }
}
