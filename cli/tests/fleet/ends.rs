//! How an agent ends, and what it has grown by until then.

use crate::host::{Agent, Host, policy, send};
use crate::proxy::Proxy;
use crate::redis::Redis;
use crate::support::{Dir, until};
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// With a server that answers, that hangs, and that is away.
#[test]
fn it_ends_soon_whatever_the_server_does() {
    for signal in [libc::SIGCONT, libc::SIGSTOP, libc::SIGKILL] {
        let redis = Redis::start(&[]);
        let mut host = Host::start("a", &redis.url(), &policy("any"), &["relay"]);
        redis.joined("test", &["a"], 1);
        send(redis.id(), signal);
        if signal != libc::SIGCONT {
            host.agent.says("is away", 1);
        }
        ends(&mut host.agent);
    }
}

/// It has only begun to connect to nodes that say nothing.
#[test]
fn it_ends_soon_while_it_connects() {
    let nodes = [0, 1, 2].map(|_| TcpListener::bind("127.0.0.1:0").expect("a port"));
    nodes.iter().for_each(|node| node.set_nonblocking(true).expect("a socket"));
    let [first, second, third] = [0, 1, 2].map(|node: usize| nodes[node].local_addr().expect("an address"));
    for url in [format!("redis://{first}"), format!("redis+cluster://{first},{second},{third}")] {
        let dir = Dir::new();
        let mut agent = Agent::start(&dir, &["--redis", &url, "--host", "a"]);
        let mut open = Vec::new();
        until("both of its connections", || {
            open.extend(nodes.iter().filter_map(|node| node.accept().ok()));
            open.len() >= 2
        });
        ends(&mut agent);
    }
}

/// Noise of the machine aside, within a second.
fn ends(agent: &mut Agent) {
    let begun = Instant::now();
    assert_eq!(agent.stop(), Some(0));
    let took = begun.elapsed();
    println!("it ends after {} ms", took.as_millis());
    assert!(took < Duration::from_millis(1500), "{took:?}");
}

#[test]
fn connections_that_are_made_anew_leave_nothing_behind() {
    let redis = Redis::start(&[]);
    let way = Proxy::to(redis.at());
    let host = Host::start("a", &way.url(), &policy("any"), &["relay"]);
    redis.joined("test", &["a"], 1);
    let of = |folder: &str| {
        let path = format!("/proc/{}/{folder}", host.agent.child.id());
        std::fs::read_dir(path).expect("it runs").count()
    };
    let count = || redis.ask::<(String, u32)>(&["PUBSUB", "NUMSUB", "hscb:test"]).1;
    let mut grown = Vec::new();
    for turn in 1..=5 {
        way.break_off();
        host.agent.says("is back", turn);
        until("it listens", || count() == 1);
        grown.push((of("task"), of("fd")));
    }
    assert!(grown.iter().all(|now| *now == grown[0]), "{grown:?}");
}
