//! A host of a fleet: a directory of segments, a worker, and an agent.

use crate::redis::Folder;
use crate::support::{Dir, Worker, ended, until};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// Its segment.
pub(crate) const SEGMENT: &str = "chat";

/// A host; all of it dies with this.
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) dir: Dir,
    pub(crate) worker: Worker,
    pub(crate) agent: Agent,
    url: String,
    rules: String,
    /// It has the file of the rules.
    _folder: Folder,
}

/// A running `hscb sync`; it dies with this.
pub(crate) struct Agent {
    pub(crate) child: Child,
    said: Arc<Mutex<String>>,
}

/// Rules with one policy for all.
pub(crate) fn policy(policy: &str) -> String {
    let rules = serde_json::json!({
        "policies": [{ "breakers": "*", "policy": policy }], "probe_lease_ms": 2000, "jitter_ms": 0,
    });
    rules.to_string()
}

impl Agent {
    pub(crate) fn start(dir: &Dir, args: &[&str]) -> Self {
        Self::run(dir.command(&[&["sync"], args].concat()))
    }

    /// In a network of its own, which leads nowhere yet.
    pub(crate) fn start_apart(dir: &Dir, args: &[&str]) -> Self {
        let command = dir.command(&[&["sync"], args].concat());
        let mut apart = Command::new("unshare");
        apart.args(["--net", "--"]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            apart.envs(value.map(|value| (name, value)));
        }
        Self::run(apart)
    }

    fn run(mut command: Command) -> Self {
        let mut child = command
            .env_remove("HSCB_REDIS_URL")
            .env_remove("HSCB_REDIS_PASSWORD")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let said = Arc::new(Mutex::new(String::new()));
        let (hears, stderr) = (said.clone(), child.stderr.take().expect("piped"));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                *hears.lock().expect("nobody panics here") += &(line + "\n");
            }
        });
        Self { child, said }
    }

    /// What it has said on standard error.
    pub(crate) fn said(&self) -> String {
        self.said.lock().expect("nobody panics here").clone()
    }

    /// How many lines of that have these words.
    pub(crate) fn lines(&self, words: &str) -> usize {
        self.said().lines().filter(|line| line.contains(words)).count()
    }

    /// Waits until it has said these words in so many lines.
    pub(crate) fn says(&self, words: &str, lines: usize) {
        until(&format!("{lines} lines with {words:?}"), || self.lines(words) >= lines);
        assert_eq!(self.lines(words), lines, "{}", self.said());
    }

    pub(crate) fn signal(&self, signal: i32) {
        send(self.child.id(), signal);
    }

    /// Ends it as an operator would; what it exits with.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        self.signal(libc::SIGTERM);
        ended(&mut self.child)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process of this test.
pub(crate) fn send(id: u32, signal: i32) {
    let id = i32::try_from(id).expect("an id");
    // SAFETY: sends a signal to a child of ours that was not waited for.
    assert_eq!(unsafe { libc::kill(id, signal) }, 0);
}

impl Host {
    /// With these breakers, in the fleet "test" of this server.
    pub(crate) fn start(name: &str, url: &str, rules: &str, breakers: &[&str]) -> Self {
        Self::start_by(Agent::start, name, url, rules, breakers)
    }

    /// The same, with an agent that is started in this way.
    pub(crate) fn start_by(
        starts: fn(&Dir, &[&str]) -> Agent,
        name: &str,
        url: &str,
        rules: &str,
        breakers: &[&str],
    ) -> Self {
        let (dir, folder) = (Dir::new(), Folder::new());
        let mut worker = dir.worker();
        worker.tell(&format!("open\t{SEGMENT}\t64"));
        breakers.iter().for_each(|breaker| worker.tell(&format!("make\t{SEGMENT}\t{breaker}")));
        let rules = folder.file("rules.json", rules);
        let agent = join(starts, &dir, name, url, &rules);
        Self { name: name.to_owned(), dir, worker, agent, url: url.to_owned(), rules, _folder: folder }
    }

    /// Another agent in the place of the one that was.
    pub(crate) fn rejoin(&mut self) {
        self.agent.stop();
        self.agent = join(Agent::start, &self.dir, &self.name, &self.url, &self.rules);
    }

    /// Has the worker do something with a breaker: `make`, `trip`, `reset`, or `hang`, or with more words behind it.
    pub(crate) fn does(&mut self, what: &str, breaker: &str, more: &str) {
        self.worker.tell(format!("{what}\t{SEGMENT}\t{breaker}\t{more}").trim_end());
    }

    /// So many calls that fail.
    pub(crate) fn fails(&mut self, breaker: &str, times: usize) {
        self.does("fail", breaker, &format!("{times}\t1"));
    }

    /// So many calls that succeed.
    pub(crate) fn succeeds(&mut self, breaker: &str, times: usize) {
        self.does("succeed", breaker, &format!("{times}\t1"));
    }

    /// Waits until a breaker is in this mode.
    pub(crate) fn awaits(&mut self, breaker: &str, mode: &str) {
        self.does("await", breaker, mode);
    }

    pub(crate) fn configure(&self, breaker: &str, fields: &[&str]) {
        self.dir.ok(&[&["configure", breaker], fields].concat());
    }

    /// A breaker as `hscb show` shows it.
    pub(crate) fn shown(&self, breaker: &str) -> Value {
        self.dir.one(&["show", breaker])
    }

    pub(crate) fn mode(&self, breaker: &str) -> String {
        self.shown(breaker)["mode"].as_str().expect("a word").to_owned()
    }

    /// The last transition of a breaker.
    pub(crate) fn last(&self, breaker: &str) -> Value {
        self.dir.json(&["events", breaker]).pop().unwrap_or_default()
    }

    /// When a breaker opened last, in ms of the clock that all processes have.
    pub(crate) fn opened_at(&self, breaker: &str) -> f64 {
        let events = self.dir.json(&["events", breaker]);
        let opening = events.iter().rev().find(|event| event["to"] == "open").expect("an opening");
        opening["time_ns"].as_f64().expect("a time") / 1e6
    }

    /// The calls of a breaker that reached the service.
    pub(crate) fn calls(&self, breaker: &str) -> u64 {
        let shown = self.shown(breaker);
        ["successes_total", "failures_total"]
            .iter()
            .map(|field| shown[field].as_u64().expect("a number"))
            .sum()
    }
}

fn join(starts: fn(&Dir, &[&str]) -> Agent, dir: &Dir, name: &str, url: &str, rules: &str) -> Agent {
    starts(dir, &["--redis", url, "--host", name, "--namespace", "test", "--fleet-rules", rules])
}
