//! Sixteen hosts, and half of them cut off.

use crate::host::{Host, policy};
use crate::redis::Redis;
use crate::support::until;

#[test]
fn half_of_sixteen_hosts_are_cut_off_and_come_back() {
    let redis = Redis::start(&[]);
    let names: Vec<_> = (0..16).map(|number| format!("host-{number:02}")).collect();
    let rules = policy("quorum:50%");
    let mut hosts: Vec<_> =
        names.iter().map(|name| Host::start(name, &redis.url(), &rules, &["all", "half", "rest"])).collect();
    let all: Vec<_> = names.iter().map(String::as_str).collect();
    redis.joined("test", &all, 3);
    // Eight of sixteen are enough.
    hosts[..8].iter_mut().for_each(|host| host.does("trip", "all", ""));
    hosts[8..].iter_mut().for_each(|host| host.awaits("all", "open"));
    let last = hosts[..8].iter().map(|host| host.opened_at("all")).fold(0.0, f64::max);
    let late = hosts[8..].iter().map(|host| host.opened_at("all") - last).fold(0.0, f64::max);
    println!("open on all of 16 hosts after {late:.1} ms");
    assert!(late < 3000.0, "{late} ms");
    // Four are too few, until the others have not been heard of for so long that they do not count.
    let (here, away) = hosts.split_at_mut(8);
    away.iter().for_each(|host| host.agent.signal(libc::SIGSTOP));
    here[..4].iter_mut().for_each(|host| host.does("trip", "half", ""));
    here[4..].iter_mut().for_each(|host| host.awaits("half", "open"));
    assert_eq!(here[7].last("half")["note"], "fleet: open on 4 of 8 hosts");
    assert!(away.iter().all(|host| host.mode("half") == "closed"));
    away.iter().for_each(|host| host.agent.signal(libc::SIGCONT));
    until("they are there again", || redis.ask::<u32>(&["ZCARD", "hscb:test:hosts"]) == 16);
    // Who still counts eight hosts would have it open because of four, and then not trip it himself.
    redis.joined("test", &all[..8], 3);
    here.iter_mut().for_each(|host| host.does("trip", "rest", ""));
    away.iter_mut().for_each(|host| host.awaits("rest", "open"));
}
