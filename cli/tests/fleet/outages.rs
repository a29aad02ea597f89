//! The server is away, slow, full, read-only, empty, another one, or none at all: breakers go on by themselves, the agent
//! says so once, and once that it is over, and then the truth is there again.

use crate::host::{Host, policy, send};
use crate::proxy::Proxy;
use crate::redis::Redis;
use crate::support::until;
use crate::together::together;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

/// Two hosts, each with a way of its own to the server.
struct Pair {
    redis: Redis,
    ways: [Proxy; 2],
    hosts: [Host; 2],
    /// How many outages there were.
    outages: usize,
}

impl Pair {
    fn start(args: &[&str], is_there: bool) -> Self {
        let redis = Redis::start(args);
        let ways = [0, 1].map(|_| Proxy::to(redis.at()));
        ways.iter().for_each(|way| way.cut(!is_there));
        let breakers = ["alone", "before", "meanwhile", "after"];
        let host = |name: &str, way: &Proxy| Host::start(name, &way.url(), &policy("any"), &breakers);
        let hosts = [host("a", &ways[0]), host("b", &ways[1])];
        for host in &hosts {
            host.configure("alone", &["open_ms=200", "success_threshold=1"]);
        }
        Self { redis, ways, hosts, outages: 0 }
    }

    fn lead_to(&self, target: SocketAddr) {
        self.ways.iter().for_each(|way| way.lead_to(target));
    }

    /// An opening of one host is in force on the other.
    fn shares(&mut self, breaker: &str) {
        let [a, b] = &mut self.hosts;
        a.does("trip", breaker, "");
        b.awaits(breaker, "open");
        assert_eq!(b.last(breaker)["reason"], "remote");
    }

    /// What the hosts do while the server is useless.
    fn goes_on_alone(&mut self) {
        self.outages += 1;
        let [a, b] = &mut self.hosts;
        [&a, &b].iter().for_each(|host| host.agent.says("is away", self.outages));
        a.fails("alone", 5);
        a.awaits("alone", "open");
        until("it recovers by itself", || {
            a.succeeds("alone", 1);
            a.mode("alone") == "closed"
        });
        a.does("trip", "meanwhile", "");
    }

    fn has_the_truth_again(&mut self) {
        let [a, b] = &mut self.hosts;
        for host in [&*a, b] {
            host.agent.says("is back", self.outages);
            host.agent.says("is away", self.outages);
        }
        b.awaits("meanwhile", "open");
        let event = b.last("meanwhile");
        assert_eq!((&event["reason"], &event["from"]), (&"remote".into(), &"closed".into()));
        self.shares("after");
        self.hosts.iter().for_each(|host| host.agent.says("is away", self.outages));
    }

    /// An outage from its beginning to its end.
    fn survives(mut self, worse: impl FnOnce(&mut Self), better: impl FnOnce(&mut Self)) {
        self.redis.joined("test", &["a", "b"], 4);
        self.shares("before");
        worse(&mut self);
        self.goes_on_alone();
        better(&mut self);
        self.has_the_truth_again();
    }
}

/// A listener that says this, whatever it is told; nothing at all if it is empty.
fn stranger(says: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().flatten() {
            if !says.is_empty() && matches!(stream.read(&mut [0; 4096]), Ok(1..)) {
                let _ = stream.write_all(says.as_bytes());
            }
            open.push(stream);
        }
    });
    at
}

fn it_is_away_at_the_beginning() {
    let mut pair = Pair::start(&[], false);
    pair.goes_on_alone();
    pair.ways.iter().for_each(|way| way.cut(false));
    pair.has_the_truth_again();
}

fn it_is_killed_and_comes_back_empty() {
    let pair = Pair::start(&[], true);
    pair.survives(|pair| pair.redis.kill(), |pair| pair.redis.revive());
}

fn it_is_killed_and_comes_back_with_its_data() {
    let pair = Pair::start(&[], true);
    pair.survives(
        |pair| {
            pair.redis.ask::<()>(&["SAVE"]);
            pair.redis.kill();
        },
        |pair| {
            pair.redis.revive();
            let kept: bool = pair.redis.ask(&["HEXISTS", "hscb:test:breaker:chat/before", "o:a"]);
            assert!(kept, "else this is another test");
        },
    );
}

fn its_clients_are_paused() {
    let pair = Pair::start(&[], true);
    pair.survives(|pair| pair.redis.ask(&["CLIENT", "PAUSE", "3000", "ALL"]), |_| {});
}

fn it_is_stopped() {
    let pair = Pair::start(&[], true);
    pair.survives(|pair| send(pair.redis.id(), libc::SIGSTOP), |pair| send(pair.redis.id(), libc::SIGCONT));
}

fn its_memory_is_full() {
    let pair = Pair::start(&["--maxmemory-policy", "noeviction"], true);
    let limit = |pair: &mut Pair, to: &str| pair.redis.ask::<()>(&["CONFIG", "SET", "maxmemory", to]);
    pair.survives(
        |pair| {
            pair.redis.ask::<()>(&["SET", "large", &"x".repeat(2 << 20)]);
            limit(pair, "1mb");
        },
        |pair| limit(pair, "0"),
    );
}

fn it_becomes_the_replica_of_another() {
    let pair = Pair::start(&[], true);
    let other = Redis::start(&[]);
    let port = other.port.to_string();
    pair.survives(
        |pair| pair.redis.ask(&["REPLICAOF", "127.0.0.1", &port]),
        |pair| pair.redis.ask(&["REPLICAOF", "NO", "ONE"]),
    );
}

fn a_replica_is_promoted() {
    let mut pair = Pair::start(&[], true);
    let replica = Redis::start(&["--replicaof", &format!("127.0.0.1 {}", pair.redis.port)]);
    until("it follows", || replica.ask::<String>(&["INFO", "replication"]).contains("master_link_status:up"));
    pair.redis.joined("test", &["a", "b"], 4);
    pair.shares("before");
    until("it has heard", || replica.ask(&["HEXISTS", "hscb:test:breaker:chat/before", "o:a"]));
    pair.redis.kill();
    pair.goes_on_alone();
    replica.ask::<()>(&["REPLICAOF", "NO", "ONE"]);
    pair.lead_to(replica.at());
    pair.redis = replica;
    pair.has_the_truth_again();
}

fn it_says_nothing() {
    let pair = Pair::start(&[], true);
    pair.survives(|pair| pair.lead_to(stranger("")), |pair| pair.lead_to(pair.redis.at()));
}

fn it_is_no_redis() {
    let pair = Pair::start(&[], true);
    let page = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    pair.survives(|pair| pair.lead_to(stranger(page)), |pair| pair.lead_to(pair.redis.at()));
}

fn a_slow_way_is_as_good_as_none() {
    let pair = Pair::start(&[], true);
    let delay = |pair: &mut Pair, ms| pair.ways.iter().for_each(|way| way.delay(ms));
    pair.survives(|pair| delay(pair, 600), |pair| delay(pair, 20));
}

#[test]
fn an_outage_is_survived_and_over_when_it_is_over() {
    together(&[
        ("away at the beginning", it_is_away_at_the_beginning),
        ("killed, back empty", it_is_killed_and_comes_back_empty),
        ("killed, back with its data", it_is_killed_and_comes_back_with_its_data),
        ("clients paused", its_clients_are_paused),
        ("stopped", it_is_stopped),
        ("memory full", its_memory_is_full),
        ("replica of another", it_becomes_the_replica_of_another),
        ("replica promoted", a_replica_is_promoted),
        ("says nothing", it_says_nothing),
        ("no redis", it_is_no_redis),
        ("slow way", a_slow_way_is_as_good_as_none),
    ]);
}
