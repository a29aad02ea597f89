//! A limit that is one for all hosts.

use crate::host::Host;
use crate::redis::Redis;
use crate::support::{Dir, lines, until};

/// Two hosts share it, and a fifth is kept for those that are cut off: a tenth each.
const RULES: &str = r#"{"limits": [{ "limiters": "chat/account*", "hosts": 2, "reserve_percent": 20 }]}"#;
const FLOOR: &str = "100000\t100000";
const NEARLY_ALL: &str = "880000\t900000";

fn sharing(name: &str, url: &str) -> Host {
    let mut host = Host::start(name, url, RULES, &["relay"]);
    host.does("limit", "account", "6000");
    host
}

#[test]
fn a_host_that_is_busy_has_what_the_other_does_not_use_until_its_agent_dies() {
    let redis = Redis::start(&[]);
    let url = redis.url();
    let [mut a, mut b] = ["a", "b"].map(|name| sharing(name, &url));
    for host in [&mut a, &mut b] {
        host.does("await-share", "account", FLOOR);
    }
    a.does("thirst", "account", "");
    a.does("await-share", "account", NEARLY_ALL);
    b.does("await-share", "account", "100000\t120000");

    let dir = Dir::new();
    let fleet = ["fleet", "limits", "--redis", &url, "--namespace", "test"];
    let shown = lines(&dir.ok(&[&fleet[..], &["--json"]].concat())).remove(0);
    assert_eq!((&shown["limiter"], &shown["hosts"][0]["host"]), (&"chat/account".into(), &"a".into()));
    assert!(shown["lent"].as_f64().is_some_and(|lent| (0.78..=0.8).contains(&lent)), "{shown}");
    let table = dir.ok(&fleet);
    assert!(table.starts_with("LIMIT         HOST  LENT    WANTS\nchat/account  a     "), "{table}");

    a.agent.signal(libc::SIGKILL);
    a.does("await-share", "account", FLOOR);
    b.does("thirst", "account", "");
    b.does("await-share", "account", NEARLY_ALL);
    a.does("await-share", "account", FLOOR);
}

#[test]
fn a_host_that_has_never_reached_the_server_keeps_to_its_floor() {
    let mut host = sharing("alone", "redis://127.0.0.1:1");
    host.does("await-share", "account", FLOOR);
    host.does("limit", "other", "60");
    host.does("await-share", "other", "1000000\t1000000");
    until("it says that the server is away", || host.agent.lines("is away") == 1);
}
