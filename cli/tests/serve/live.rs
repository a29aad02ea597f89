//! What streams tell: transitions of other processes at once, and what has changed, so that it adds up.

use crate::agent::{Agent, Events};
use crate::support::{DEADLINE, Dir};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What a reader of `/api/live` knows.
#[derive(Default)]
struct Model(BTreeMap<(String, String), Value>);

impl Model {
    fn key(value: &Value) -> (String, String) {
        let word = |field: &str| value[field].as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
        (word("segment"), word("name"))
    }

    fn take(&mut self, events: &mut Events) {
        let piece = events.next().expect("the stream goes on");
        let all = piece.data.as_array().cloned().unwrap_or_default();
        match piece.kind.as_str() {
            "breakers" => {
                for mut breaker in all {
                    let is_new = !self.0.contains_key(&Self::key(&breaker));
                    let spark = breaker.as_object_mut().and_then(|breaker| breaker.remove("spark"));
                    assert_eq!(spark.is_some(), is_new, "a spark with the first, and no other: {breaker}");
                    self.0.insert(Self::key(&breaker), breaker);
                }
            }
            "gone" => all.iter().for_each(|gone| {
                assert!(self.0.remove(&Self::key(gone)).is_some(), "{gone} was not there");
            }),
            other => assert_eq!(other, "transition"),
        }
    }

    /// Whether it is what the agent answers, but for what goes on with time.
    fn is(&self, answered: &Value) -> bool {
        let bare = |value: &Value| {
            let mut value = value.clone();
            for field in ["open_remaining_ms", "retry_after_ms", "rates", "processes"] {
                value.as_object_mut().and_then(|value| value.remove(field));
            }
            value
        };
        let known: Vec<_> = self.0.values().map(bare).collect();
        known == answered.as_array().expect("an array").iter().map(bare).collect::<Vec<_>>()
    }
}

#[test]
fn what_changes_adds_up_to_what_there_is() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    for order in ["open\ta\t8", "open\tb\t8", "succeed\ta\trelay\t5\t20", "make\ta\tother", "make\tb\tlast"] {
        worker.tell(order);
    }
    let agent = Agent::start(&dir, &[]);
    let mut live = agent.events("/api/live");
    let hello = live.find("hello").data;
    assert_eq!(hello, agent.json("/api/agent"));
    let mut model = Model::default();
    model.take(&mut live);
    assert_eq!(model.0.len(), 3, "first all of them");
    for order in ["fail\ta\trelay\t6\t1", "make\ta\tnew", "succeed\tb\tlast\t4\t9", "reset\ta\trelay"] {
        worker.tell(order);
        // A second reader makes the agent look between two of its looks.
        let mut second = agent.events("/api/live");
        assert!(second.find("breakers").data.as_array().is_some_and(|all| all.len() >= 3));
        model.take(&mut live);
    }
    dir.ok(&["rm", "b", "--force"]);
    let begun = Instant::now();
    while !(model.0.len() == 3 && model.is(&agent.json("/api/breakers"))) {
        assert!(begun.elapsed() < DEADLINE, "{:?}", model.0.keys());
        worker.tell("succeed\ta\tother\t1\t1");
        model.take(&mut live);
    }
    // With nothing going on, the last look of all readers is that of the agent.
    let mut late = Model::default();
    let mut second = agent.events("/api/live");
    let _ = second.find("hello");
    late.take(&mut second);
    assert_eq!(late.0.keys().collect::<Vec<_>>(), model.0.keys().collect::<Vec<_>>());
}

#[test]
fn a_transition_arrives_within_50_ms() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("make\tbilling\trelay");
    let agent = Agent::start(&dir, &[]);
    let mut events = agent.events("/events");
    // The first tells that the agent listens.
    worker.tell("trip\tbilling\trelay");
    assert_eq!(events.find("transition").data["to"], "open");
    let mut took = Vec::new();
    for n in 0..200 {
        let (order, to) = if n % 2 == 0 { ("reset", "closed") } else { ("trip", "open") };
        let begun = Instant::now();
        worker.tell(&format!("{order}\tbilling\trelay"));
        let piece = events.find("transition");
        took.push(begun.elapsed());
        assert_eq!((&piece.data["to"], &piece.data["missed"]), (&to.into(), &0.into()));
        assert_eq!(piece.id, format!("billing:{}", piece.data["sequence"]));
    }
    took.sort();
    println!(
        "transition to reader, order to another process included: p50 {:?}, p99 {:?}",
        took[100], took[198]
    );
    assert!(took[100] < Duration::from_millis(50), "{took:?}");
}

#[test]
fn a_thousand_read_at_once_and_no_more() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("make\tbilling\trelay");
    let agent = Agent::start(&dir, &[]);
    // SAFETY: sets a limit of this process, from a struct that lives long enough.
    unsafe {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        limit.rlim_cur = limit.rlim_max;
        libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
    }
    let mut all: Vec<_> = (0..1000).map(|_| agent.events("/api/live")).collect();
    let one_more = agent.get("/events");
    assert_eq!((one_more.status, one_more.code().as_str()), (503, "unavailable"));
    for live in &mut all {
        assert_eq!(live.find("breakers").data[0]["name"], "relay");
    }
    let begun = Instant::now();
    worker.tell("trip\tbilling\trelay");
    for live in &mut all {
        assert_eq!(live.find("transition").data["to"], "open");
    }
    println!("a transition to 1,000 readers, one after the other: {:?}", begun.elapsed());
    // The readers of a stream are cut off when the agent ends.
    assert_eq!(agent.stop(libc::SIGTERM), Some(0));
    while all[0].next().is_some() {}
}

/// A reader that does not read is cut off, and holds nobody up.
#[test]
fn a_slow_reader_is_its_own_misfortune() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("make\tbilling\trelay");
    let agent = Agent::start(&dir, &[]);
    let _slow: Vec<_> = (0..10).map(|_| agent.events("/events")).collect();
    let mut quick = agent.events("/events");
    worker.tell("trip\tbilling\trelay");
    assert_eq!(quick.find("transition").data["to"], "open");
    for _ in 0..500 {
        worker.tell("reset\tbilling\trelay");
        assert_eq!(quick.find("transition").data["to"], "closed");
        worker.tell("trip\tbilling\trelay");
        assert_eq!(quick.find("transition").data["to"], "open");
    }
}
