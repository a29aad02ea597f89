//! What the agent costs. The limits are those of a build without optimisation on a busy machine; what is printed counts.

use crate::agent::Agent;
use crate::support::Dir;
use std::time::{Duration, Instant};

/// A segment with so many breakers.
fn full(dir: &Dir, count: u32) {
    let mut worker = dir.worker();
    worker.tell(&format!("open\tmany\t{count}"));
    for n in 0..count {
        worker.tell(&format!("make\tmany\trelay-{n}"));
    }
}

/// The time that a process has computed.
fn computed(id: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("Linux has it");
    let fields: Vec<_> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks: u64 =
        [fields[11], fields[12]].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

#[test]
fn nobody_watches_and_next_to_nothing_is_computed() {
    let dir = Dir::new();
    full(&dir, 1000);
    let agent = Agent::start(&dir, &[]);
    for _ in 0..5 {
        let begun = Instant::now();
        assert_eq!(agent.json("/api/breakers").as_array().map(Vec::len), Some(1000));
        println!("1,000 breakers in JSON, read and parsed: {:?}", begun.elapsed());
    }
    let (before, begun) = (computed(agent.child.id()), Instant::now());
    std::thread::sleep(Duration::from_secs(if std::env::var_os("HSCB_SOAK").is_some() { 20 } else { 5 }));
    let (used, span) = (computed(agent.child.id()) - before, begun.elapsed());
    println!("idle with 1,000 breakers for {span:?}: {used:?} computed");
    assert!(used < span / 10, "{used:?} of {span:?}");
}
