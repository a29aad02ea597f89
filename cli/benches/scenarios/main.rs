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
    // Also as criterion has it: an argument that is no option names those that are run.
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let run = |name: &str, what: &dyn Fn()| {
        if only.as_ref().is_none_or(|only| name.contains(only.as_str())) {
            what();
        }
    };
    run("intermittent", &|| situations::intermittent(calls));
    run("strategies", &|| situations::strategies(calls));
    run("failover", &|| situations::failover(calls));
    run("lost-provider", &|| situations::lost_provider(calls));
    run("cache", &|| situations::cache(calls));
    run("batch", &|| situations::batch(if full { 200 } else { 16 }));
    run("overhead", &|| overhead::overhead(if full { 4000 } else { 20 }));
    run("refusal", &|| overhead::refusal(if full { 200_000 } else { 100 }));
}
