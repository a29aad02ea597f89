//! Hosts in networks of their own, one of which is cut off: its packets are lost, and nobody tells it so. What other tests
//! have proxies for, with the kernel's own networks; it takes `unshare` and `ip`, and is run by `make soak`.

use crate::host::{Agent, Host, policy};
use crate::redis::Redis;
use std::process::Command;

#[test]
#[ignore = "takes networks of its own; make soak"]
fn a_host_is_cut_off_and_comes_back() {
    let this = std::env::current_exe().expect("this binary");
    let mut inside = Command::new("unshare");
    inside.args(["--user", "--map-root-user", "--net", "--"]).arg(this);
    inside.args(["--exact", "apart::inside", "--ignored", "--nocapture"]);
    assert!(inside.status().expect("unshare").success());
}

/// In a network of its own, as its administrator.
#[test]
#[ignore = "the test before starts it"]
fn inside() {
    run("ip", &["link", "set", "lo", "up"]);
    let redis = Redis::start(&["--bind", "0.0.0.0", "--protected-mode", "no"]);
    let breakers = ["before", "meanwhile", "own"];
    let mut hosts = ["a", "b", "c"].map(|name| {
        let url = format!("redis://{}:{}", address(name, 1), redis.at().port());
        Host::start_by(Agent::start_apart, name, &url, &policy("any"), &breakers)
    });
    hosts.iter().for_each(|host| link(&host.name, host.agent.child.id()));
    redis.joined("test", &["a", "b", "c"], breakers.len());
    let [a, b, c] = &mut hosts;
    a.does("trip", "before", "");
    [&mut *b, &mut *c].into_iter().for_each(|host| host.awaits("before", "open"));

    run("ip", &["link", "set", &format!("to-{}", c.name), "down"]);
    c.agent.says("is away", 1);
    a.does("trip", "meanwhile", "");
    c.does("trip", "own", "");
    b.awaits("meanwhile", "open");
    assert_eq!([c.mode("meanwhile"), a.mode("own"), b.mode("own")], ["closed"; 3]);
    assert_eq!(c.mode("own"), "open", "its own breakers go on");

    run("ip", &["link", "set", &format!("to-{}", c.name), "up"]);
    c.awaits("meanwhile", "open");
    [a, b].into_iter().for_each(|host| host.awaits("own", "open"));
    c.agent.says("is back", 1);
}

/// On the way between the server (1) and this host (2).
fn address(name: &str, end: u8) -> String {
    format!("10.99.{}.{end}", name.as_bytes()[0])
}

/// Connects the network of this process to the server's.
fn link(name: &str, process: u32) {
    let (id, near, ours, theirs) =
        (process.to_string(), format!("to-{name}"), address(name, 1), address(name, 2));
    run("ip", &["link", "add", &near, "type", "veth", "peer", "name", "eth0", "netns", &id]);
    run("ip", &["addr", "add", &format!("{ours}/24"), "dev", &near]);
    run("ip", &["link", "set", &near, "up"]);
    let there = ["--net", "--target", &id, "--", "ip"];
    run("nsenter", &[&there[..], &["addr", "add", &format!("{theirs}/24"), "dev", "eth0"]].concat());
    run("nsenter", &[&there[..], &["link", "set", "eth0", "up"]].concat());
}

fn run(program: &str, args: &[&str]) {
    let status =
        Command::new(program).args(args).status().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(status.success(), "{program} {args:?}: {status}");
}
