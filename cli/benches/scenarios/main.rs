//! The situations of the guides, replayed on `hscb mock` with a fixed seed, with and without the client, beside the
//! figures that the guides give. `make scenarios`; docs/CLIENT.md says how to read it.
//!
//! Everything is real time on loopback, so a busy machine makes every latency larger. Nothing here is a test: the exit
//! status is 0 unless a scenario could not be run.

mod load;
mod overhead;
mod situations;
#[path = "../../tests/mock/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the mock")]
mod support;

fn main() {
    // As criterion has it: without `--bench`, which `cargo bench` passes, everything runs once to see that it works.
    let full = std::env::args().any(|argument| argument == "--bench");
    let calls = if full { 1000 } else { 40 };
    println!("Scenarios of the guides on `hscb mock`, {calls} calls each, 8 at a time; times in ms\n");
    situations::intermittent(calls);
    situations::strategies(calls);
    situations::failover(calls);
    situations::lost_provider(calls);
    situations::cache(calls);
    situations::batch(if full { 200 } else { 16 });
    overhead::overhead(if full { 4000 } else { 20 });
    overhead::refusal(if full { 200_000 } else { 100 });
}
