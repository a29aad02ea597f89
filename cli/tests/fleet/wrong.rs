//! What is wrong with the arguments ends the agent, and what is wrong with the server does not; no output has a password.

use crate::host::{Agent, Host, policy};
use crate::redis::{Folder, PASSWORD, Redis};
use crate::support::{Dir, until};
use crate::together::together;

#[test]
fn wrong_arguments_are_refused_by_name() {
    let (dir, folder) = (Dir::new(), Folder::new());
    let rules = folder.file("rules.json", r#"{"policies": [{"breakers": "*", "policy": "most"}]}"#);
    let there = "redis://127.0.0.1:1";
    for (args, words) in [
        (vec!["--redis", "http://u:hunter2@x"], "--redis: this is no address of a server; allowed: redis://"),
        (vec!["--redis", "redis+raft://u:hunter2@x"], "none of the kinds"),
        (vec![], "say which server: --redis, or $HSCB_REDIS_URL"),
        (
            vec!["--redis", there, "--namespace", "a b"],
            "--namespace: \"a b\" is no namespace; allowed: 1 to 64",
        ),
        (vec!["--redis", there, "--namespace", ""], "is no namespace"),
        (vec!["--redis", there, "--host", "a:b"], "\"a:b\" is no name of a host"),
        (
            vec!["--redis", there, "--fleet-rules", &rules],
            "rules.json: policies[0].policy: \"most\" is no policy",
        ),
        (vec!["--redis", there, "--fleet-rules", "/none"], "--fleet-rules /none: No such file"),
        (vec!["--redis", there, "--redis-ca", "/none"], "--redis-ca /none: No such file"),
        (
            vec!["--redis", there, "--redis-password-file", "/none"],
            "--redis-password-file /none: No such file",
        ),
    ] {
        let mut command = dir.command(&[vec!["sync"], args.clone()].concat());
        let ran =
            command.env_remove("HSCB_REDIS_URL").output().map(crate::support::Ran::of).expect("it runs");
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(ran.err.starts_with("hscb: ") && ran.err.contains(words), "{args:?}: {ran:?}");
        assert!(!ran.err.contains("hunter2"), "{ran:?}");
    }
}

#[test]
fn a_second_agent_of_a_directory_is_refused() {
    let redis = Redis::start(&[]);
    let host = Host::start("a", &redis.url(), &policy("any"), &["relay"]);
    redis.joined("test", &["a"], 1);
    let ran = host.dir.hscb(&["sync", "--redis", &redis.url(), "--host", "b", "--namespace", "test"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("another agent has joined") && ran.err.contains("namespace test"), "{ran:?}");
    // In another namespace it is welcome.
    let other = Agent::start(&host.dir, &["--redis", &redis.url(), "--host", "a", "--namespace", "other"]);
    redis.joined("other", &["a"], 1);
    assert_eq!(other.said(), "");
}

/// The first keeps the name until it is gone; then the other has it, without being asked again.
fn the_second_host_of_a_name_waits_until_the_first_is_gone() {
    let redis = Redis::start(&[]);
    let first = Host::start("a", &redis.url(), &policy("any"), &["relay"]);
    redis.joined("test", &["a"], 1);
    let second = Host::start("a", &redis.url(), &policy("any"), &["relay"]);
    second.agent.says("goes by this host's name; give one of them another with --host", 1);
    assert_eq!(first.agent.said(), "");
    drop(first);
    second.agent.says("is back", 1);
    second.agent.says("is away", 1);
}

fn a_namespace_of_another_protocol_is_refused_by_name() {
    let redis = Redis::start(&[]);
    redis.ask::<()>(&["SET", "hscb:test:protocol", "2"]);
    let mut host = Host::start("a", &redis.url(), &policy("any"), &["relay"]);
    host.agent.says("is away (the namespace is of protocol 2, and this is protocol 1", 1);
    host.fails("relay", 5);
    let keys: Vec<String> = redis.ask(&["KEYS", "hscb:test:breaker*"]);
    assert_eq!(keys, Vec::<String>::new());
    redis.ask::<()>(&["DEL", "hscb:test:protocol"]);
    host.agent.says("is back", 1);
    until("it is told", || redis.ask(&["HEXISTS", "hscb:test:breaker:chat/relay", "o:a"]));
}

fn no_output_has_a_password() {
    let redis = Redis::start(&["--requirepass", PASSWORD]);
    let (dir, folder) = (Dir::new(), Folder::new());
    let file = folder.file("password", &format!("{PASSWORD}\n"));
    let wrong = folder.file("wrong", "hunter2");
    let known = format!("redis://:{PASSWORD}@{}", redis.at());
    let other = format!("redis://nobody:hunter2@{}", redis.at());
    for (url, more, is_right) in [
        (redis.url(), vec!["--redis-password-file", file.as_str()], true),
        (known.clone(), vec![], true),
        (redis.url(), vec![], false),
        (redis.url(), vec!["--redis-password-file", wrong.as_str()], false),
        // The file goes before the address.
        (known, vec!["--redis-password-file", wrong.as_str()], false),
        (other, vec![], false),
    ] {
        redis.ask::<()>(&["FLUSHALL"]);
        let mut agent = Agent::start(&dir, &[vec!["--redis", &url, "--host", "a"], more.clone()].concat());
        if is_right {
            until("it joins", || redis.ask(&["EXISTS", "hscb:default:host:a"]));
        } else {
            agent.says("is away (", 1);
        }
        let mut said = agent.said();
        assert_eq!(agent.stop(), Some(0), "{url}");
        let ran = dir.hscb(&[vec!["fleet", "ls", "--redis", &url], more].concat());
        assert_eq!(ran.code, i32::from(!is_right), "{ran:?}");
        said += &(ran.out + &ran.err);
        assert!(!said.contains(PASSWORD) && !said.contains("hunter2"), "{said}");
    }
    // In the environment.
    let ask = |name: &str, value: &str| {
        let mut command = dir.command(&["fleet", "ls"]);
        command.env("HSCB_REDIS_URL", redis.url()).env(name, value);
        crate::support::Ran::of(command.output().expect("it runs"))
    };
    assert_eq!(ask("HSCB_REDIS_PASSWORD", PASSWORD).code, 0);
    let refused = ask("HSCB_REDIS_PASSWORD", "hunter2");
    assert!(refused.code == 1 && !refused.err.contains("hunter2"), "{refused:?}");
}

#[test]
fn what_is_a_matter_of_the_server_does_not_end_the_agent() {
    together(&[
        ("one name", the_second_host_of_a_name_waits_until_the_first_is_gone),
        ("another protocol", a_namespace_of_another_protocol_is_refused_by_name),
        ("passwords", no_output_has_a_password),
    ]);
}
