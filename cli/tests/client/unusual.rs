use crate::kit::{chat, of, table};
use crate::support::Mock;
use holysheep_cb::Segment;
use holysheep_cb::client::Client;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A client that was used before a fork works on both sides: each has connections of its own.
#[cfg(target_os = "linux")]
#[test]
fn a_fork_shares_no_connection() {
    let mock = Mock::start(&["--phase", "healthy,latency=20ms"]);
    let client = of(&mock, json!({}));
    client.send(&chat()).expect("an answer, and a connection that is kept");
    let mut forks = Vec::new();
    for _ in 0..3 {
        // SAFETY: the child makes calls over sockets that it opens itself, and leaves by `_exit`. Other threads of this test
        // binary hold no lock that it asks for: the client is this test's own.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let answered = (0..5).all(|_| client.send(&chat()).is_ok());
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(i32::from(!answered)) };
        }
        assert!(pid > 0);
        forks.push(pid);
    }
    assert!((0..5).all(|_| client.send(&chat()).is_ok()));
    for pid in forks {
        let mut status = 0;
        // SAFETY: a child of ours, and a live out-parameter.
        unsafe { libc::waitpid(pid, &mut status, 0) };
        assert_eq!(status, 0, "the child's calls were answered");
    }
    assert_eq!(mock.total("received"), 1 + 15 + 5);
}

/// Eight threads and one client, with connections that are kept.
#[test]
fn threads_share_a_client() {
    let mock = Mock::start(&[]);
    let client = of(&mock, json!({}));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..50).for_each(|_| drop(client.send(&chat()).expect("an answer"))));
        }
    });
    assert_eq!(mock.total("received"), 400);
    let accepted = mock.stats()["connections"]["accepted"].as_u64();
    assert!(accepted < Some(40), "{accepted:?} connections for 400 calls");
}

/// What a table needs and is not there is told at the opening.
#[test]
fn a_key_that_is_not_there_is_told() {
    let error = refused(json!({"accounts": {"a": {"key_env": "HSCB_NO_SUCH_VARIABLE"}}}));
    assert!(error.contains("HSCB_NO_SUCH_VARIABLE is not set"), "{error}");
    let error = refused(json!({"accounts": {"a": {"key_command": ["false"]}}}));
    assert!(error.contains("\"false\"") && error.contains("exit status: 1"), "{error}");
    let error = refused(json!({"accounts": {"a": {"key_command": ["hscb-no-such-command"]}}}));
    assert!(error.contains("cannot be run"), "{error}");
}

/// A command that does not end is killed, also where it has children that keep its output open.
#[test]
fn a_key_command_that_hangs_is_killed() {
    let begun = Instant::now();
    let error =
        refused(json!({"accounts": {"a": {"key_command": ["sh", "-c", "echo sk-0123; sleep 60 & wait"]}}}));
    assert!(error.contains("did not end within 10 s"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
}

fn refused(more: Value) -> String {
    let table = table(&[([127, 0, 0, 1], 1).into()], more);
    Client::open(&table.to_string(), &Segment::private())
        .expect_err("a table that cannot be used")
        .to_string()
}
