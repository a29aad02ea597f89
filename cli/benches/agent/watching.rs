//! Those who watch: an agent, and who asks it. All on one CPU.

use crate::agent::Agent;
use crate::cpus;
use crate::support::Dir;
use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often Prometheus asks.
const EVERY: Duration = Duration::from_secs(1);

/// An agent that is attached, until [`end`](Self::end).
pub(crate) struct Watching {
    ends: Sender<()>,
    thread: JoinHandle<Work>,
}

/// What it did.
#[derive(Default)]
pub(crate) struct Work {
    /// The time that the agent computed.
    pub(crate) computed: Duration,
    /// For how long it was attached.
    pub(crate) attached: Duration,
    pub(crate) scrapes: u32,
    /// What its stream told.
    pub(crate) pieces: u32,
    /// Scripts run and hashes read at the fleet's server.
    pub(crate) operations: u64,
}

impl Watching {
    /// Starts it on this CPU, in the fleet of this server, and returns when it looks.
    pub(crate) fn begin(dir: &Arc<Dir>, fleet: &str, cpu: usize) -> Self {
        let ((ends, ended), (tells, told)) = (channel(), channel());
        let (dir, fleet) = (dir.clone(), fleet.to_owned());
        let thread = thread::spawn(move || {
            // The agent and the reader of its stream, which are started here, have this CPU, too.
            cpus::pin(cpu);
            watch(&dir, &fleet, &tells, &ended)
        });
        told.recv().expect("the agent looks");
        Self { ends, thread }
    }

    /// Ends it; what it did.
    pub(crate) fn end(self) -> Work {
        drop(self.ends);
        self.thread.join().expect("the agent answered")
    }
}

fn watch(dir: &Dir, fleet: &str, looks: &Sender<()>, ended: &Receiver<()>) -> Work {
    // Each is a host of its own: the one before it may not be forgotten yet.
    let host = format!("bench-{:?}", thread::current().id()).replace(['(', ')'], "");
    let agent = Agent::start(dir, &["--redis", fleet, "--host", &host]);
    let mut live = agent.events("/api/live");
    let _ = live.find("breakers");
    let reader = thread::spawn(move || std::iter::from_fn(|| live.next()).count());
    let (begun, before) = (Instant::now(), computed(agent.child.id()));
    looks.send(()).expect("somebody waits");
    let (mut scrapes, mut operations) = (0, 0);
    while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
        let scrape = agent.get("/metrics");
        assert_eq!(scrape.status, 200);
        operations = sample(&scrape.body, "holysheep_cb_sync_operations_total");
        scrapes += 1;
    }
    let (computed, attached) = (computed(agent.child.id()) - before, begun.elapsed());
    drop(agent);
    let pieces = reader.join().expect("the stream ends with the agent");
    assert!(scrapes > 0 && pieces > 0, "nobody looked: {scrapes} scrapes, {pieces} pieces of the stream");
    assert!(operations > 0, "it has not spoken with the fleet's server");
    Work { computed, attached, scrapes, pieces: pieces as u32, operations }
}

/// The value of a metric without labels.
fn sample(metrics: &str, name: &str) -> u64 {
    let mut values = metrics.lines().filter_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    values.next().unwrap_or_else(|| panic!("no {name}"))
}

/// The time that a process has computed, to the nanosecond; its threads are those that it began with.
fn computed(id: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{id}/task")).expect("it runs").flatten();
    let ns = tasks.map(|task| {
        let stat = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        stat.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0)
    });
    Duration::from_nanos(ns.sum())
}

impl AddAssign for Work {
    fn add_assign(&mut self, more: Self) {
        self.computed += more.computed;
        self.attached += more.attached;
        self.scrapes += more.scrapes;
        self.pieces += more.pieces;
        self.operations += more.operations;
    }
}
