//! `hscb fleet`: what it shows, and what it commands on all hosts.

use crate::host::{Host, policy};
use crate::redis::Redis;
use crate::support::{Dir, lines, until};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

/// The arguments of a verb of the fleet, with those that say which.
fn fleet<'a>(words: &[&'a str], url: &'a str) -> Vec<&'a str> {
    [&["fleet"], words, &["--redis", url, "--namespace", "test"]].concat()
}

#[test]
fn forced_open_on_every_host_and_released() {
    let (redis, rules) = (Redis::start(&[]), policy("advise"));
    let url = redis.url();
    let host = |name: &str| Host::start(name, &url, &rules, &["relay", "other"]);
    let (mut a, mut b) = (host("a"), host("b"));
    redis.joined("test", &["a", "b"], 2);
    let dir = Dir::new();
    let said = dir.ok(&fleet(&["force-open", "chat/relay", "--reason", "provider down"], &url));
    assert!(said.starts_with("chat/relay\n  forced open on every host: fleet: "), "{said}");
    assert!(said.trim_end().ends_with(": provider down"), "{said}");
    for host in [&mut a, &mut b] {
        host.awaits("relay", "forced-open");
        let event = host.last("relay");
        assert_eq!(event["reason"], "remote");
        assert!(event["note"].as_str().is_some_and(|note| note.ends_with(": provider down")), "{event}");
        assert_eq!(host.mode("other"), "closed");
    }
    // Also on one that comes later, on one that is reset by hand, and after a loss of all data.
    let mut c = host("c");
    c.awaits("relay", "forced-open");
    b.does("reset", "relay", "");
    b.awaits("relay", "forced-open");
    redis.ask::<()>(&["FLUSHALL"]);
    until("it is remembered", || redis.ask(&["HEXISTS", "hscb:test:breaker:chat/relay", "f"]));
    assert_eq!(lines(&dir.ok(&fleet(&["ls", "--json"], &url)))[0]["breaker"], "chat/relay");
    let released = lines(&dir.ok(&fleet(&["release", "chat/relay", "--json"], &url))).remove(0);
    assert_eq!((&released["forced"], &released["breaker"]), (&Value::Null, &"chat/relay".into()));
    for host in [&mut a, &mut b, &mut c] {
        host.awaits("relay", "closed");
        assert_eq!(host.last("relay")["note"], "fleet: released");
    }
}

#[test]
fn what_the_fleet_knows_is_shown() {
    let redis = Redis::start(&[]);
    let url = redis.url();
    let dir = Dir::new();
    let nothing = dir.hscb(&fleet(&["ls"], &url));
    assert!(nothing.code == 0 && nothing.err.contains("has spoken of no breaker"), "{nothing:?}");
    let mut a = Host::start("a", &url, &policy("any"), &["relay", "other"]);
    let mut b = Host::start("b", &url, &policy("any"), &["relay", "other"]);
    redis.joined("test", &["a", "b"], 2);
    let mut events = dir.command(&fleet(&["events", "--json"], &url));
    let mut events = events.stdout(Stdio::piped()).spawn().expect("it runs");
    let is_heard = || redis.ask::<(String, u32)>(&["PUBSUB", "NUMSUB", "hscb:test"]).1 == 3;
    until("it listens", is_heard);
    a.does("trip", "relay", "");
    b.awaits("relay", "open");
    let stdout = BufReader::new(events.stdout.take().expect("piped"));
    let event = stdout.lines().next().expect("an event").expect("UTF-8");
    let event = lines(&event).remove(0);
    let shown = lines(&dir.ok(&fleet(&["show", "chat/relay", "--json"], &url))).remove(0);
    let listed = lines(&dir.ok(&fleet(&["ls", "--json"], &url))).remove(0);
    events.kill().and_then(|()| events.wait()).expect("a child");
    for shape in [&event, &shown, &listed] {
        assert_eq!((&shape["breaker"], &shape["open_on"][0]["host"]), (&"chat/relay".into(), &"a".into()));
        assert!(
            (20_000..=30_100).contains(&shape["open_on"][0]["remaining_ms"].as_u64().expect("ms")),
            "{shape}"
        );
        assert_eq!((&shape["probes"], &shape["forced"]), (&Value::Null, &Value::Null));
    }
    let table = dir.ok(&fleet(&["ls"], &url));
    assert!(table.starts_with("BREAKER") && table.contains("chat/relay  1 ("), "{table}");
    let words = dir.ok(&fleet(&["show", "chat/relay"], &url));
    assert!(words.starts_with("chat/relay\n  open on a for 2"), "{words}");
    let hosts = lines(&dir.ok(&fleet(&["hosts", "--json"], &url)));
    let names: Vec<_> = hosts.iter().map(|host| host["host"].as_str().expect("a name")).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(
        hosts.iter().all(|host| host["breakers"] == 2 && host["seen_ms_ago"].as_u64() < Some(5000)),
        "{hosts:?}"
    );
    let table = dir.ok(&fleet(&["hosts"], &url));
    assert!(table.starts_with("HOST  VERSION  BREAKERS  SEEN\na "), "{table}");
}

#[test]
fn what_cannot_be_done_has_its_exit_code() {
    let redis = Redis::start(&[]);
    let url = redis.url();
    let dir = Dir::new();
    let (long, none) = ("x".repeat(200), "redis://127.0.0.1:1");
    for (words, url, code, says) in [
        (vec!["show", "chat/none"], url.as_str(), 3, "the fleet test knows nothing of \"chat/none\""),
        (vec!["force-open", "relay"], &url, 2, "give it as SEGMENT/NAME"),
        (vec!["release", "/relay"], &url, 2, "give it as SEGMENT/NAME"),
        (vec!["force-open", "chat/relay", "--reason", &long], &url, 2, "--reason is too long"),
        (vec!["ls"], none, 1, "127.0.0.1:1: "),
        (vec!["force-open", "chat/relay"], none, 1, "127.0.0.1:1: "),
    ] {
        let ran = dir.hscb(&fleet(&words, url));
        assert_eq!(ran.code, code, "{words:?}: {ran:?}");
        assert!(
            ran.err.starts_with("hscb: ") && ran.err.contains(says) && ran.out.is_empty(),
            "{words:?}: {ran:?}"
        );
    }
    let keys: Vec<String> = redis.ask(&["KEYS", "*"]);
    assert_eq!(keys, Vec::<String>::new(), "what is refused leaves nothing");
}
