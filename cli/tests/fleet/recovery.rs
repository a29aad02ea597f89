//! Coming back: one host probes for all.

use crate::host::{Host, policy};
use crate::redis::Redis;
use crate::support::until;
use crate::witness::Witness;

/// Three hosts that have a breaker open because of the first.
fn three(redis: &Redis) -> Vec<Host> {
    let mut hosts: Vec<_> = ["a", "b", "c"]
        .iter()
        .map(|name| Host::start(name, &redis.url(), &policy("any"), &["relay"]))
        .collect();
    for host in &hosts {
        host.configure("relay", &["open_ms=1000", "half_open_max_calls=1", "success_threshold=1"]);
    }
    redis.joined("test", &["a", "b", "c"], 1);
    hosts[0].fails("relay", 5);
    hosts[1..].iter_mut().for_each(|host| host.awaits("relay", "open"));
    hosts
}

/// ```text
/// the service   down .................................. | back
/// a             open | lease: probe fails: open |       |         the fleet's probe succeeds: closed
/// b, c          open ........................... lease | half-open: a probe of their own: closed
/// ```
#[test]
fn a_lease_lets_one_probe_through() {
    let redis = Redis::start(&[]);
    let witness = Witness::of(&redis, "test");
    let mut hosts = three(&redis);
    let reached = |hosts: &[Host]| hosts.iter().map(|host| host.calls("relay")).sum::<u64>() - 5;
    until("the third probe has failed", || {
        hosts.iter_mut().for_each(|host| host.fails("relay", 1));
        reached(&hosts) >= 3
    });
    until("all are open", || hosts.iter().all(|host| host.mode("relay") == "open"));
    let (reached, leases) = (reached(&hosts), witness.leases());
    assert!(reached <= leases.len() as u64, "{reached} probes of {leases:?}");
    until("all are closed", || {
        hosts.iter_mut().for_each(|host| host.succeeds("relay", 1));
        hosts.iter().all(|host| host.mode("relay") == "closed")
    });
    let reasons: Vec<_> = hosts.iter().map(|host| host.last("relay")["reason"].clone()).collect();
    assert!(
        reasons.iter().all(|reason| reason != "remote"),
        "each closes by a probe of its own: {reasons:?}"
    );
    let fields: Vec<String> = redis.ask(&["HKEYS", "hscb:test:breaker:chat/relay"]);
    assert!(!fields.iter().any(|field| field.starts_with("o:") || field == "l"), "{fields:?}");
}

#[test]
fn another_takes_over_from_a_holder_that_is_killed() {
    let redis = Redis::start(&[]);
    let witness = Witness::of(&redis, "test");
    let mut hosts = three(&redis);
    let mut holder = None;
    until("a probe is out", || {
        hosts.iter_mut().for_each(|host| host.does("hang", "relay", ""));
        holder = hosts.iter().position(|host| host.shown("relay")["probes_in_flight"] == 1);
        holder.is_some()
    });
    // Its worker and its agent are killed; nobody hears of the probe again.
    let gone = hosts.remove(holder.expect("found"));
    let name = gone.name.clone();
    drop(gone);
    assert_eq!(witness.leases().last().map(|(host, _)| host), Some(&name));
    until("the others are closed", || {
        hosts.iter_mut().for_each(|host| host.succeeds("relay", 1));
        hosts.iter().all(|host| host.mode("relay") == "closed")
    });
    let leases = witness.leases();
    assert!(leases.iter().any(|(host, _)| *host != name), "{leases:?}");
}
