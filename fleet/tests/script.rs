//! What the script of a breaker does, operation by operation.

#[allow(dead_code, reason = "each of the tests uses a part")]
mod world;

use holysheep_cb_fleet::{Answer, Say, Space, Store as _, answer};
use world::{FULL, T0, server::Server};

struct Desk {
    server: Server,
    space: Space,
}

impl Desk {
    fn new() -> Self {
        Self { server: Server::new(T0), space: Space::new("test").unwrap() }
    }

    fn say(&mut self, host: &str, say: Say) -> Answer {
        let now = self.server.now();
        self.say_at(host, say, now)
    }

    /// As a host says it that believes this to be the server's time.
    fn say_at(&mut self, host: &str, say: Say, now: u64) -> Answer {
        let call = self.space.say(host, FULL, &say, now);
        let answers = self.server.run(&[call]).unwrap();
        answer(&answers[0]).expect("an answer")
    }

    fn lease(&mut self, host: &str) -> Answer {
        self.say(host, Say::Lease { wait_ms: 100, length_ms: 3000 })
    }
}

#[test]
fn a_lease_is_of_one_host_until_it_ends_and_then_first_of_another() {
    let mut desk = Desk::new();
    desk.say("a", Say::Vote(500));
    let first = desk.lease("a");
    assert!(first.granted && first.record.lease.as_ref().is_some_and(|lease| lease.end == T0 + 3100));
    assert!(desk.lease("a").granted, "asked again, it is the same");
    let second = desk.lease("b");
    assert!(!second.granted);
    assert_eq!(second.record, first.record);
    desk.server.advance(3200);
    assert!(!desk.lease("a").granted, "whoever had it to no end lets others go first");
    let other = desk.lease("b");
    assert!(other.granted && other.record.leased(other.now).is_some_and(|lease| lease.host == "b"));
    assert!(!desk.say("a", Say::Yield).granted, "only the holder gives it away");
    assert!(desk.say("b", Say::Yield).record.lease.is_none());
}

#[test]
fn a_probe_that_succeeds_ends_all_votes_and_one_that_fails_renews_them() {
    let mut desk = Desk::new();
    for host in ["a", "b", "c"] {
        desk.say(host, Say::Vote(500));
    }
    desk.lease("a");
    desk.server.advance(1000);
    let failed = desk.say("a", Say::Vote(9000));
    assert!(failed.record.lease.is_none());
    assert_eq!(
        failed.record.named(failed.now).map(|(host, until)| (host.to_owned(), until)).collect::<Vec<_>>(),
        [("a".to_owned(), T0 + 10_000), ("b".to_owned(), T0 + 10_000), ("c".to_owned(), T0 + 10_000)]
    );
    desk.lease("b");
    let recovered = desk.say("b", Say::Recover);
    assert!(recovered.granted && recovered.record.votes.is_empty());
    assert_eq!(recovered.record.recovered, Some(T0 + 1000));
    // Without the lease, recovery is that of the host alone.
    desk.say("a", Say::Vote(500));
    desk.say("c", Say::Vote(500));
    let alone = desk.say("c", Say::Recover);
    assert!(!alone.granted && alone.record.votes.contains_key("a") && !alone.record.votes.contains_key("c"));
}

#[test]
fn what_was_under_way_for_too_long_does_nothing() {
    let mut desk = Desk::new();
    let first = desk.say("a", Say::Vote(5000));
    for now in [T0 - 2001, T0 + 2001] {
        let late = desk.say_at("a", Say::Withdraw, now);
        assert!(!late.granted);
        assert_eq!(late.record, first.record);
    }
    assert!(desk.say_at("a", Say::Withdraw, T0 - 1999).record.votes.is_empty());
}

#[test]
fn a_command_is_not_overwritten_by_an_older_one() {
    let mut desk = Desk::new();
    let given = desk.say("(operator)", Say::Force("down".into())).record;
    assert_eq!(given.forced.as_deref(), Some("down"));
    let released = desk.say("(operator)", Say::Release).record;
    assert!(
        released.forced.is_none() && released.command > given.command && released.version > given.version
    );
    let reminded = desk.say("a", Say::Remind { version: given.command, forced: given.forced.clone() });
    assert!(!reminded.granted && reminded.record == released);
    desk.server.lose_everything();
    let again = desk.say("a", Say::Remind { version: released.command, forced: None });
    assert!(again.granted && again.record.command == released.command);
    assert!(!desk.say("b", Say::Remind { version: given.command, forced: given.forced }).granted);
}

#[test]
fn what_changes_nothing_is_not_published() {
    let mut desk = Desk::new();
    desk.say("a", Say::Withdraw);
    assert_eq!(desk.server.published(), Vec::<String>::new());
    let first = desk.say("a", Say::Vote(5000));
    let published = desk.server.published();
    let (name, heard) = holysheep_cb_fleet::message(&published[0]).expect("it is read");
    assert_eq!((name.as_str(), published.len()), (FULL, 1));
    assert_eq!(heard, first);
}
