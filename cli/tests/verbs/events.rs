//! `events`, and following them across processes.

use crate::support::{DEADLINE, Dir, ended, lines, until};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// `events --follow --json`, running; it dies with this.
struct Followed {
    child: Child,
    lines: Receiver<String>,
}

impl Followed {
    fn start(dir: &Dir, args: &[&str]) -> Self {
        let mut command = dir.command(&[&["events", "--follow", "--json"], args].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary runs");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    fn next(&self) -> Value {
        let line = self.lines.recv_timeout(DEADLINE).expect("an event in time");
        lines(&line).remove(0)
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "kill runs");
}

#[test]
fn those_that_are_kept_come_in_order() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    for (segment, name) in [("a", "one"), ("b", "two")] {
        worker.tell(&format!("open\t{segment}\t4"));
        worker.tell(&format!("trip\t{segment}\t{name}"));
    }
    worker.tell("reset\ta\tone");
    let all = dir.json(&["events"]);
    assert_eq!(all.len(), 3);
    assert!(all.windows(2).all(|w| w[0]["time_ns"].as_u64() <= w[1]["time_ns"].as_u64()), "{all:?}");
    assert!(all.iter().all(|event| event["pid"] == worker.pid() && event["note"] == ""), "{all:?}");
    assert_eq!(dir.json(&["events", "one"]).len(), 2);
    assert_eq!(dir.json(&["events", "--segment", "b"]).len(), 1);
    assert_eq!(dir.json(&["events", "one", "-n", "1"])[0]["to"], "closed");
    let words = dir.ok(&["events", "two"]);
    assert!(words.contains("b/two  closed -> open  operator  pid "), "{words}");
}

#[test]
fn a_follower_sees_what_another_process_does() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("trip\tbilling\trelay");
    let followed = Followed::start(&dir, &["-n", "1"]);
    assert_eq!(followed.next()["sequence"], 1, "the last one that was kept");
    worker.tell("reset\tbilling\trelay");
    let event = followed.next();
    assert_eq!((event["breaker"].as_str(), event["to"].as_str()), (Some("relay"), Some("closed")));
    assert_eq!((event["sequence"].as_u64(), event["pid"].as_u64()), (Some(2), Some(worker.pid().into())));
    // A segment that is made later is followed, too.
    worker.tell("open\tlater\t4");
    worker.tell("trip\tlater\tnew");
    assert_eq!(followed.next()["segment"], "later");
}

#[test]
fn a_follower_of_one_breaker_hears_nothing_of_others() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("trip\tbilling\tours");
    let followed = Followed::start(&dir, &["ours", "--segment", "billing", "-n", "9"]);
    assert_eq!(followed.next()["breaker"], "ours");
    worker.tell("trip\tbilling\tanother");
    worker.tell("reset\tbilling\tours");
    let event = followed.next();
    assert_eq!((event["breaker"].as_str(), event["sequence"].as_u64()), (Some("ours"), Some(3)));
}

#[test]
fn a_follower_ends_by_signal() {
    let dir = Dir::new();
    for name in ["INT", "TERM"] {
        let mut followed = Followed::start(&dir, &[]);
        signal(&followed.child, name);
        assert_eq!(ended(&mut followed.child), None, "{name} ends it");
    }
}

#[test]
fn a_follower_ends_when_nobody_reads() {
    let dir = Dir::new();
    let mut child =
        dir.command(&["events", "--follow"]).stdout(Stdio::piped()).spawn().expect("the binary runs");
    drop(child.stdout.take());
    assert_eq!(ended(&mut child), Some(0), "though nothing happens that it would write");
    // The same in the middle of events.
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    let mut child =
        dir.command(&["events", "--follow"]).stdout(Stdio::piped()).spawn().expect("the binary runs");
    drop(child.stdout.take());
    until("it has ended", || {
        worker.tell("trip\tbilling\trelay");
        worker.tell("reset\tbilling\trelay");
        child.try_wait().expect("a child").is_some()
    });
    assert_eq!(ended(&mut child), Some(0));
}
