//! The killed probe: who held it, when its lease ran out (by the segment's event ring), who went on.

use super::abi::{Event, REASON_LEASE, mode};
use super::fact::{Fact, Told};
use super::plan::CREW;
use crate::output::paint::{Ink, brief, seconds};
use serde_json::{Value, json};

/// How long the probe may be out before its holder is killed: long enough to be on its way to the service.
const GRACE_NS: u64 = 100_000_000;

/// What happened to the probe's holder; times in ns, of the host's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Story {
    /// Whoever announced a probe, and when.
    holder: Option<(usize, u64)>,
    /// The worker that was killed.
    pub(super) victim: Option<Victim>,
    /// When the lease of its probe ran out, and the number of the event that says so.
    pub(super) lease: Option<(u64, u64)>,
    /// The worker that probed next, and when: while the lost probe is out, nobody may.
    pub(super) heir: Option<(usize, u64)>,
    /// When the restarted worker was rejected first, and how long that took.
    pub(super) informed: Option<(u64, u64)>,
    /// The first answer after the kill: whose, and when.
    pub(super) answer: Option<(usize, u64)>,
    /// When the breaker closed again.
    pub(super) closed: Option<u64>,
}

/// The killed worker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Victim {
    /// Its index in the crew.
    worker: usize,
    /// The process that was killed.
    pid: u32,
    /// The process that was started in its place.
    successor: u32,
    /// When its probe went out.
    probed: u64,
    /// When it was killed.
    killed: u64,
}

impl Story {
    /// Takes note of what a worker said.
    pub(super) fn hear(&mut self, told: Told) {
        let Some(victim) = self.victim else {
            match told.fact {
                Fact::Probe { at } => self.holder = Some((told.worker, at)),
                Fact::Result { .. } if self.holder.is_some_and(|(w, _)| w == told.worker) => {
                    self.holder = None
                }
                _ => {}
            }
            return;
        };
        match told.fact {
            Fact::Probe { at } if at > victim.killed => {
                self.heir.get_or_insert((told.worker, at));
            }
            Fact::Rejected { at, ns } if told.worker == victim.worker && at > victim.killed => {
                self.informed.get_or_insert((at, ns));
            }
            Fact::Result { at, ok: true, .. } if at > victim.killed => {
                self.answer.get_or_insert((told.worker, at));
            }
            _ => {}
        }
    }

    /// Takes note of an event of the segment's ring.
    pub(super) fn see(&mut self, event: Event) {
        if self.victim.is_none_or(|victim| event.at < victim.killed) {
            return;
        }
        if event.reason == REASON_LEASE {
            self.lease.get_or_insert((event.at, event.sequence));
        } else if event.to == mode::CLOSED {
            self.closed.get_or_insert(event.at);
        }
    }

    /// The worker to kill now: it has had a probe out for a moment, and nobody was killed yet.
    pub(super) fn due(&self, now: u64) -> Option<usize> {
        let (worker, at) = self.holder?;
        (self.victim.is_none() && now >= at + GRACE_NS).then_some(worker)
    }

    /// Takes note that the holder was killed, and which process took its place.
    pub(super) fn killed(&mut self, pid: u32, successor: u32, now: u64) {
        self.victim =
            self.holder.map(|(worker, probed)| Victim { worker, pid, successor, probed, killed: now });
    }

    /// The story as JSON: times in ns since the probe went out.
    pub(super) fn json(&self) -> Value {
        let Some(victim) = self.victim else { return Value::Null };
        let since = |at: u64| at.saturating_sub(victim.probed);
        let who = |(worker, at): (usize, u64)| json!({ "worker": CREW[worker].name, "at_ns": since(at) });
        json!({
            "worker": CREW[victim.worker].name,
            "pid": victim.pid,
            "killed_at_ns": since(victim.killed),
            "restarted_as_pid": victim.successor,
            "restarted_rejected": self.informed.map(|(at, ns)| json!({ "at_ns": since(at), "took_ns": ns })),
            "lease_ran_out": self.lease.map(|(at, event)| json!({ "at_ns": since(at), "event": event })),
            "next_probe": self.heir.map(who),
            "first_answer": self.answer.map(who),
            "closed_at_ns": self.closed.map(since),
        })
    }

    /// The story so far, a line per fact, in the order of time: mark, ink, time, text.
    pub(super) fn lines(&self) -> Vec<(&'static str, Ink, u64, String)> {
        let Some(victim) = self.victim else { return Vec::new() };
        let name = CREW[victim.worker].name;
        let killed = format!(
            "SIGKILL to {name} (pid {}) while it holds the only probe; restarted as pid {}",
            victim.pid, victim.successor
        );
        let informed = |(at, ns)| {
            let text =
                format!("the new {name} knows of the outage at its first call: rejected in {}", brief(ns));
            ("·", Ink::Yellow, at, text)
        };
        let lease = |(at, sequence): (u64, u64)| {
            let lease = seconds(at.saturating_sub(victim.probed));
            let heir = match self.heir {
                None => "nobody yet".to_owned(),
                Some((worker, _)) if worker == victim.worker => format!("the new {name}"),
                Some((worker, _)) => CREW[worker].name.to_owned(),
            };
            let text =
                format!("event {sequence}: the lost probe's lease ran out after {lease}; next probe: {heir}");
            ("▓", Ink::Magenta, at, text)
        };
        let answer = |(worker, at): (usize, u64)| {
            let later = |closed: u64| format!("; closed {} later", seconds(closed.saturating_sub(at)));
            let closed = self.closed.map_or(String::new(), later);
            ("▁", Ink::Green, at, format!("first answer again, to {}{closed}", CREW[worker].name))
        };
        let mut lines = vec![("✗", Ink::Red, victim.killed, killed)];
        lines.extend(self.informed.map(informed));
        lines.extend(self.lease.map(lease));
        lines.extend(self.answer.map(answer));
        lines.sort_by_key(|(_, _, at, _)| *at);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Fact, REASON_LEASE, Story, Told, mode};

    // ms  0 probe  100 killed  130 rejected  800 lease  810 probe, then the event is read  900 answered  950 closed
    #[test]
    fn the_story_is_told_whatever_is_heard_first() {
        let ms = |ms: u64| ms * 1_000_000;
        let told = |worker, fact| Told { worker, fact };
        let mut story = Story::default();
        story.hear(told(3, Fact::Probe { at: ms(0) }));
        assert_eq!((story.due(ms(99)), story.due(ms(100))), (None, Some(3)));
        story.killed(1, 2, ms(100));
        assert_eq!(story.due(ms(200)), None);
        story.hear(told(3, Fact::Rejected { at: ms(130), ns: 9 }));
        story.hear(told(5, Fact::Probe { at: ms(810) }));
        story.see(Event { sequence: 3, at: ms(800), to: mode::HALF_OPEN, reason: REASON_LEASE });
        story.hear(told(6, Fact::Probe { at: ms(850) }));
        story.hear(told(5, Fact::Result { at: ms(900), ok: true, ns: 1 }));
        story.see(Event { sequence: 4, at: ms(950), to: mode::CLOSED, reason: 6 });
        assert_eq!((story.informed, story.lease), (Some((ms(130), 9)), Some((ms(800), 3))));
        assert_eq!((story.heir, story.answer), (Some((5, ms(810))), Some((5, ms(900)))));
        assert_eq!(story.closed, Some(ms(950)));
        assert!(story.lines().is_sorted_by_key(|(_, _, at, _)| *at));
    }

    #[test]
    fn a_probe_that_returns_in_time_is_nobodys_death() {
        let mut story = Story::default();
        story.hear(Told { worker: 3, fact: Fact::Probe { at: 0 } });
        story.hear(Told { worker: 3, fact: Fact::Result { at: 1, ok: false, ns: 1 } });
        assert_eq!(story.due(u64::MAX), None);
    }
}
