use crate::kit::{MODEL, chat, client, of, raw, table};
use crate::support::Mock;
use holysheep_cb::client::{Cancel, Request, Source};
use serde_json::json;
use std::time::{Duration, Instant};

/// Who joins a call that is under way keeps his own time and his own cancel.
#[test]
fn a_call_that_is_joined_holds_nobody_beyond_his_time() {
    let mock = Mock::start(&["--phase", "hang"]);
    let limits = json!({"first_byte_ms": 5000, "total_ms": 5000});
    let client = of(&mock, json!({"cache": {"max_entries": 10}, "limits": limits, "retry": {"max": 0}}));
    let first = Cancel::new();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.send(&chat().cancel(&first)));
        mock.until_total("hung", 1);
        let begun = Instant::now();
        let failure = client.send(&chat().timeout(Duration::from_millis(200))).expect_err("its time is over");
        assert_eq!(failure.kind.name(), "deadline");
        let cancel = Cancel::new();
        cancel.cancel();
        assert_eq!(client.send(&chat().cancel(&cancel)).expect_err("broken off").kind.name(), "cancelled");
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        first.cancel();
        assert_eq!(call.join().expect("no panic").expect_err("broken off").kind.name(), "cancelled");
    });
    assert_eq!(mock.total("received"), 1);
}

/// Where the other call ended by its own limits, who joined it makes his own.
#[test]
fn another_calls_end_is_not_ones_own() {
    let answer = crate::kit::response(
        "200 OK\r\nconnection: close",
        r#"{"choices": [{"message": {"content": "hi"}}]}"#,
    );
    let late = |number: usize| {
        std::thread::sleep(Duration::from_millis(150)); // the server takes its time, for the first to be joined
        number > 0
    };
    let refused = crate::kit::response("429 No\r\nconnection: close\r\nretry-after: 1", "{}");
    let to = raw(move |number| if late(number) { answer.clone() } else { refused.clone() });
    let limits = json!({"first_byte_ms": 5000, "total_ms": 10000, "route_wait_ms": 5000});
    let client = client(&table(&[to], json!({"cache": {"max_entries": 10}, "limits": limits})));
    std::thread::scope(|scope| {
        let impatient = scope.spawn(|| client.send(&chat().timeout(Duration::from_millis(500))));
        std::thread::sleep(Duration::from_millis(50)); // it is on its way: whichever is first, both ends are right
        client.send(&chat()).expect("it has ten seconds");
        let _ = impatient.join().expect("no panic");
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_forked_child_joins_no_call_of_its_parent() {
    let mock = Mock::start(&["--phase", "healthy,latency=2s"]);
    let client = of(&mock, json!({"cache": {"max_entries": 10}, "limits": {"first_byte_ms": 6000}}));
    std::thread::scope(|scope| {
        scope.spawn(|| client.send(&chat()).map(drop));
        mock.until_total("in_flight", 1);
        // SAFETY: as in `a_fork_shares_no_connection`.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: ends a child that hangs.
            unsafe { libc::alarm(10) };
            let answered = client.send(&chat()).is_ok();
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(i32::from(!answered)) };
        }
        let mut status = 0;
        // SAFETY: a child of ours, and a live out-parameter.
        unsafe { libc::waitpid(pid, &mut status, 0) };
        assert_eq!(status, 0, "the child's own call is answered");
    });
}

/// A cancel is of its process: a child that gives up everything it inherited ends no call of its parent.
#[cfg(target_os = "linux")]
#[test]
fn a_forked_child_cancels_no_call_of_its_parent() {
    let mock = Mock::start(&["--phase", "healthy,latency=2s"]);
    let client = of(&mock, json!({"limits": {"first_byte_ms": 6000}, "retry": {"max": 0}}));
    let cancel = Cancel::new();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.send(&chat().cancel(&cancel)));
        mock.until_total("in_flight", 1);
        // SAFETY: as in `a_fork_shares_no_connection`.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: ends a child that hangs.
            unsafe { libc::alarm(10) };
            cancel.cancel();
            let is_cancelled = cancel.is_cancelled();
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(i32::from(!is_cancelled)) };
        }
        let mut status = 0;
        // SAFETY: a child of ours, and a live out-parameter.
        unsafe { libc::waitpid(pid, &mut status, 0) };
        assert_eq!(status, 0, "the child's own flag is set");
        call.join().expect("no panic").expect("the parent's call goes on");
    });
}

/// One cancel for many calls ends them all.
#[test]
fn a_batch_is_broken_off_at_once() {
    let mock = Mock::start(&["--phase", "hang"]);
    let limits = json!({"first_byte_ms": 20000, "total_ms": 20000, "route_wait_ms": 0});
    let client = of(&mock, json!({"limits": limits, "retry": {"max": 0}}));
    let requests: Vec<_> = (0..4).map(|i| Request::chat(MODEL, format!("{i}"))).collect();
    let (cancel, begun) = (Cancel::new(), Instant::now());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            mock.until_total("hung", 4);
            cancel.cancel();
        });
        let batch = client.batch(&requests, 4, &cancel, |_| {});
        assert!(batch.results.iter().all(|r| r.as_ref().is_err_and(|f| f.kind.name() == "cancelled")));
    });
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

/// What another model answered is not kept in the place of the one that was meant.
#[test]
fn a_fallbacks_answer_is_kept_for_bad_times_only() {
    let (dead, alive) = (Mock::start(&["--phase", "500"]), Mock::start(&[]));
    let routes = json!([
        {"name": "dead", "url": crate::kit::url(dead.api), "models": [MODEL]},
        {"name": "alive", "url": crate::kit::url(alive.api), "models": ["small"]},
    ]);
    let more = json!({"routes": routes, "retry": {"max": 0}, "fallbacks": {MODEL: ["small"]}, "cache": {"max_entries": 9}});
    let client = client(&table(&[], more));
    assert!(client.send(&chat()).expect("the small one").meta.fallback_used);
    dead.go(&json!({"kind": "healthy"}));
    let answer = client.send(&chat()).expect("the one that was meant");
    assert_eq!((answer.meta.source, answer.meta.model.as_str()), (Source::Service, MODEL));
}
