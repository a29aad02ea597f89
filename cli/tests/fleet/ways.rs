//! The ways to a server: a cluster, TLS, a socket of the host, and one that a sentinel knows.

use crate::host::{Agent, Host, policy, send};
use crate::redis::{Folder, PASSWORD, Redis, port};
use crate::support::{Dir, ended, until};
use crate::together::together;
use std::process::Stdio;

/// Three nodes that share the slots.
fn cluster() -> [Redis; 3] {
    let nodes = [0, 1, 2].map(|_| {
        let bus = port().to_string();
        let timeout = ["--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no"];
        Redis::start(&[&["--cluster-enabled", "yes", "--cluster-port", &bus], &timeout[..]].concat())
    });
    for (node, (first, last)) in nodes.iter().zip([("0", "5460"), ("5461", "10922"), ("10923", "16383")]) {
        node.ask::<()>(&["CLUSTER", "ADDSLOTSRANGE", first, last]);
        let bus: Vec<String> = nodes[0].ask(&["CONFIG", "GET", "cluster-port"]);
        node.ask::<()>(&["CLUSTER", "MEET", "127.0.0.1", &nodes[0].port.to_string(), &bus[1]]);
    }
    for node in &nodes {
        until("the nodes know each other", || {
            let info: String = node.ask(&["CLUSTER", "INFO"]);
            info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:16384")
        });
    }
    nodes
}

fn a_cluster_of_three_of_which_one_is_killed() {
    let mut nodes = cluster();
    let url = format!("redis+cluster://{},{},{}", nodes[0].at(), nodes[1].at(), nodes[2].at());
    let names: Vec<_> = (0..12).map(|number| format!("relay-{number}")).collect();
    let (before, after) = names.split_at(6);
    let breakers: Vec<_> = names.iter().map(String::as_str).collect();
    let [mut a, mut b] = ["a", "b"].map(|name| Host::start(name, &url, &policy("any"), &breakers));
    let is_open_on_both = |a: &mut Host, b: &mut Host, names: &[String]| {
        names.iter().for_each(|breaker| a.does("trip", breaker, ""));
        names.iter().for_each(|breaker| b.awaits(breaker, "open"));
        assert!(names.iter().all(|breaker| b.last(breaker)["reason"] == "remote"));
    };
    is_open_on_both(&mut a, &mut b, before);
    let keys: Vec<u32> = nodes.iter().map(|node| node.ask(&["DBSIZE"])).collect();
    assert!(keys.iter().all(|&keys| keys > 0), "they lie on all nodes: {keys:?}");
    nodes[2].kill();
    a.agent.says("is away", 1);
    b.agent.says("is away", 1);
    after.iter().for_each(|breaker| a.does("trip", breaker, ""));
    nodes[2].revive();
    a.agent.says("is back", 1);
    b.agent.says("is back", 1);
    after.iter().for_each(|breaker| b.awaits(breaker, "open"));
}

fn by_tls_only_who_is_vouched_for_is_trusted() {
    let (folder, dir) = (Folder::new(), Dir::new());
    let made = |name: &str| {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let file = folder.file(&format!("{name}.pem"), &made.cert.pem());
        (file, folder.file(&format!("{name}.key"), &made.signing_key.serialize_pem()))
    };
    let ((certificate, key), (other, _)) = (made("ours"), made("other"));
    let tls = port().to_string();
    let files = ["--tls-cert-file", &certificate, "--tls-key-file", &key, "--tls-ca-cert-file", &certificate];
    let redis = Redis::start(&[&["--tls-port", &tls, "--tls-auth-clients", "no"], &files[..]].concat());
    let url = format!("rediss://localhost:{tls}");
    for (more, is_right) in [
        (vec!["--redis-ca", certificate.as_str()], true),
        (vec!["--redis-ca", other.as_str()], false),
        (vec![], false),
    ] {
        redis.ask::<()>(&["FLUSHALL"]);
        let agent = Agent::start(&dir, &[vec!["--redis", &url, "--host", "a"], more.clone()].concat());
        if is_right {
            until("it joins", || redis.ask(&["EXISTS", "hscb:default:host:a"]));
        } else {
            agent.says("is away (", 1);
        }
        let ran = dir.hscb(&[vec!["fleet", "ls", "--redis", &url], more].concat());
        assert_eq!(ran.code, i32::from(!is_right), "{ran:?}");
    }
}

fn over_a_socket_of_the_host() {
    let folder = Folder::new();
    // The path of a socket is short.
    let socket = std::env::temp_dir().join(format!("hscb-{}.sock", std::process::id()));
    let socket = socket.to_str().expect("UTF-8").to_owned();
    let redis = Redis::start(&["--unixsocket", &socket, "--pidfile", &folder.file("pid", "")]);
    let host = |name: &str| Host::start(name, &format!("unix://{socket}"), &policy("any"), &["relay"]);
    let (mut a, mut b) = (host("a"), host("b"));
    redis.joined("test", &["a", "b"], 1);
    a.does("trip", "relay", "");
    b.awaits("relay", "open");
}

fn a_sentinel_says_where_the_server_is_now() {
    let mut master = Redis::start(&[]);
    let replica = Redis::start(&["--replicaof", &format!("127.0.0.1 {}", master.port)]);
    until("it follows", || replica.ask::<String>(&["INFO", "replication"]).contains("master_link_status:up"));
    let sentinel = Redis::sentinel(&master);
    until("it knows both", || sentinel.ask::<String>(&["INFO", "sentinel"]).contains("slaves=1"));
    let url = format!("redis+sentinel://{}/main", sentinel.at());
    let [mut a, mut b] = ["a", "b"].map(|name| Host::start(name, &url, &policy("any"), &["before", "after"]));
    master.joined("test", &["a", "b"], 2);
    a.does("trip", "before", "");
    b.awaits("before", "open");
    master.kill();
    a.agent.says("is away", 1);
    a.does("trip", "after", "");
    b.awaits("after", "open");
    assert_eq!(b.last("after")["reason"], "remote");
    a.agent.says("is back", 1);
    b.agent.says("is away", 1);
}

/// The arguments of the manifests in docs/kubernetes, with addresses of this machine in the place of theirs.
fn as_the_manifests_have_it() {
    for (manifest, variable) in [
        (include_str!("../../../docs/kubernetes/sidecar.yaml"), "$(POD)"),
        (include_str!("../../../docs/kubernetes/daemonset.yaml"), "$(NODE)"),
    ] {
        let (redis, dir) = (Redis::start(&["--requirepass", PASSWORD]), Dir::new());
        let (_, after) = manifest.split_once("args: [").expect("the agent's");
        let args = after.split_once(']').expect("its end").0;
        let (listen, url) = (format!("127.0.0.1:{}", port()), format!("redis://{}", redis.at()));
        let ours = |arg: &str| match arg.trim().trim_matches('"') {
            "0.0.0.0:9797" => listen.clone(),
            "redis://redis.default.svc" => url.clone(),
            host if host == variable => "pod-1".to_owned(),
            other => other.to_owned(),
        };
        let args: Vec<String> = args.split(',').map(ours).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        assert!([listen.as_str(), &url, "pod-1"].iter().all(|ours| args.contains(ours)), "{args:?}");
        let command = dir.command(&args).env("HSCB_REDIS_PASSWORD", PASSWORD).stdout(Stdio::null()).spawn();
        let mut agent = command.expect("it runs");
        until("it joins", || redis.ask(&["EXISTS", "hscb:prod:host:pod-1"]));
        send(agent.id(), libc::SIGTERM);
        assert_eq!(ended(&mut agent), Some(0));
    }
}

#[test]
fn each_way_leads_to_the_server() {
    together(&[
        ("manifests", as_the_manifests_have_it),
        ("cluster", a_cluster_of_three_of_which_one_is_killed),
        ("TLS", by_tls_only_who_is_vouched_for_is_trusted),
        ("socket", over_a_socket_of_the_host),
        ("sentinel", a_sentinel_says_where_the_server_is_now),
    ]);
}
