//! What an opening on one host does on the others.

use crate::host::{Host, policy};
use crate::proxy::Proxy;
use crate::redis::Redis;
use crate::support::until;
use crate::together::together;

/// Hosts a, b, c with a breaker each, once they know of each other.
fn three(redis: &Redis, rules: &str) -> [Host; 3] {
    let hosts = ["a", "b", "c"].map(|name| Host::start(name, &redis.url(), rules, &["relay", "other"]));
    redis.joined("test", &["a", "b", "c"], 2);
    hosts
}

fn by_any_one_opening_is_in_force_everywhere() {
    let redis = Redis::start(&[]);
    let [mut a, mut b, mut c] = three(&redis, &policy("any"));
    a.fails("relay", 5);
    for host in [&mut b, &mut c] {
        host.awaits("relay", "open");
        let event = host.last("relay");
        assert_eq!(event["reason"], "remote", "{event}");
        assert_eq!(event["note"], "fleet: open on 1 of 3 hosts", "{event}");
        let (there, here) = (a.shown("relay"), host.shown("relay"));
        let left = |shown: &serde_json::Value| shown["open_remaining_ms"].as_i64().expect("ms");
        assert!((left(&here) - left(&there)).abs() < 1500, "{there} {here}");
        assert_eq!(host.mode("other"), "closed");
    }
    assert_ne!(a.last("relay")["reason"], "remote");
    // Nobody votes but whoever opened by its own rules.
    let fields: Vec<String> = redis.ask(&["HKEYS", "hscb:test:breaker:chat/relay"]);
    let votes: Vec<_> = fields.iter().filter(|field| field.starts_with("o:")).collect();
    assert_eq!(votes, ["o:a"]);
    // A worker that comes later finds it so, and so does an agent.
    b.rejoin();
    redis.turns("test", "b");
    assert_eq!(b.mode("relay"), "open");
}

fn a_sick_host_alone_opens_no_other_by_quorum() {
    let redis = Redis::start(&[]);
    let [mut a, mut b, mut c] = three(&redis, &policy("quorum:2"));
    a.fails("relay", 5);
    until("it is told", || redis.ask(&["HEXISTS", "hscb:test:breaker:chat/relay", "o:a"]));
    for host in [&b, &c] {
        redis.turns("test", &host.name);
        assert_eq!((host.mode("relay").as_str(), host.last("relay")), ("closed", serde_json::Value::Null));
    }
    b.fails("relay", 5);
    c.awaits("relay", "open");
    let event = c.last("relay");
    assert_eq!((&event["reason"], &event["note"]), (&"remote".into(), &"fleet: open on 2 of 3 hosts".into()));
    let last = [&a, &b].map(|host| host.last("relay")["reason"].clone());
    assert!(last.iter().all(|reason| reason != "remote"), "{last:?}");
}

fn advice_halves_the_thresholds_and_opens_nothing() {
    let redis = Redis::start(&[]);
    let [mut a, mut b, mut c] = three(&redis, &policy("advise"));
    c.fails("relay", 4);
    assert_eq!(c.mode("relay"), "closed", "as long as nobody has it open, the fifth opens it");
    a.fails("relay", 5);
    until("three failures are enough", || {
        b.does("reset", "relay", "");
        b.fails("relay", 3);
        b.mode("relay") == "open"
    });
    assert_ne!(b.last("relay")["reason"], "remote");
    redis.turns("test", "c");
    assert_eq!(c.mode("relay"), "closed");
}

/// Messages are for speed: a late one, or one behind another that is newer, changes nothing.
fn what_comes_late_and_out_of_order_does_no_harm() {
    let redis = Redis::start(&[]);
    let way = Proxy::to(redis.at());
    let rules = policy("any");
    let mut a = Host::start("a", &redis.url(), &rules, &["relay"]);
    let mut b = Host::start("b", &way.url(), &rules, &["relay"]);
    redis.joined("test", &["a", "b"], 1);
    let key = "hscb:test:breaker:chat/relay";
    way.hold();
    for is_open in [true, false] {
        a.does(if is_open { "trip" } else { "reset" }, "relay", "");
        until("it is told", || redis.ask::<bool>(&["HEXISTS", key, "o:a"]) == is_open);
    }
    redis.turns("test", "b");
    b.does("reset", "relay", "");
    let before = b.shown("relay")["generation"].clone();
    assert!(way.release_backwards() >= 2);
    redis.turns("test", "b");
    assert_eq!((b.mode("relay").as_str(), &b.shown("relay")["generation"]), ("closed", &before));
    // And it hears still.
    a.does("trip", "relay", "");
    b.awaits("relay", "open");
}

#[test]
fn an_opening_is_in_force_where_the_policy_says() {
    together(&[
        ("any", by_any_one_opening_is_in_force_everywhere),
        ("quorum", a_sick_host_alone_opens_no_other_by_quorum),
        ("advise", advice_halves_the_thresholds_and_opens_nothing),
        ("late messages", what_comes_late_and_out_of_order_does_no_harm),
    ]);
}
