//! Do services pay for an agent that looks at them? One that does nothing but admit and record successes on a breaker of a
//! shared segment, in turns with nobody looking and with `hscb serve` attached, which Prometheus scrapes once a second, a
//! dashboard reads (`/api/live`), and which has joined a fleet. `make bench-agent`; docs/PERFORMANCE.md says how to read it.
//!
//! The service has one CPU, and the agent with those who ask it and with the fleet's server another, as on a host with a core to spare: what an agent
//! computes is its own time, and is told apart. What is asked here is whether its looking slows the service down.
//!
//! Overhead in every figure: that of `make bench`. The figures are never a test: the exit status is 0 unless something
//! could not be measured. Wrong counts are, and an agent that did not look.

#[path = "../../tests/serve/agent.rs"]
#[allow(dead_code, reason = "shared with the tests of the agent")]
mod agent;
#[path = "../../../benches/support/cpus.rs"]
#[allow(dead_code, reason = "shared with the library's benches")]
mod cpus;
#[path = "../../../benches/support/host.rs"]
mod host;
#[path = "../../tests/fleet/redis.rs"]
#[allow(dead_code, reason = "shared with the tests of the fleet")]
mod redis;
mod report;
mod service;
#[path = "../../../benches/support/sink.rs"]
#[allow(dead_code, reason = "shared with the library's benches")]
mod sink;
#[path = "../../../benches/support/subject.rs"]
#[allow(dead_code, reason = "shared with the library's benches")]
mod subject;
#[path = "../../tests/verbs/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the verbs")]
mod support;
mod watching;

use redis::Redis;
use report::Pair;
use service::Service;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use support::Dir;
use watching::{Watching, Work};

fn main() -> ExitCode {
    // As criterion has it: without `--bench`, which `cargo bench` passes, everything runs once to see that it works.
    let pairs = if std::env::args().any(|argument| argument == "--bench") { 48 } else { 1 };
    let [service_cpu, agent_cpu] = match cpus::two() {
        Ok(two) => two,
        Err(why) => {
            println!("NOT MEASURED  {why}");
            return ExitCode::FAILURE;
        }
    };
    let dir = Arc::new(Dir::new());
    // SAFETY: no other thread runs yet.
    unsafe { std::env::set_var("HOLYSHEEP_CB_DIR", dir.path("")) };
    println!("{}", host::describe());
    cpus::pin(agent_cpu);
    let fleet = Redis::start(&[]);
    cpus::pin(service_cpu);
    let service = Service::new();
    let (mut all, mut work) = (Vec::new(), Work::default());
    for number in 0..pairs {
        all.push(pair(&service, (&dir, &fleet.url(), agent_cpu), number % 2 == 0, &mut work));
    }
    report::print(&all, &work);
    ExitCode::SUCCESS
}

/// Without an agent and with one, in turns of which is first.
fn pair(
    service: &Service,
    (dir, fleet, cpu): (&Arc<Dir>, &str, usize),
    is_alone_first: bool,
    work: &mut Work,
) -> Pair {
    let mut watched = || {
        let watching = Watching::begin(dir, fleet, cpu);
        let spell = service.spell(SPELL);
        *work += watching.end();
        spell
    };
    if is_alone_first {
        let alone = service.spell(SPELL);
        Pair { alone, watched: watched() }
    } else {
        let watched = watched();
        Pair { alone: service.spell(SPELL), watched }
    }
}

/// How long the service runs at a stretch: a scrape falls into it.
const SPELL: Duration = Duration::from_millis(1250);
