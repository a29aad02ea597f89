//! `ls` and `show`.

use crate::support::Dir;

/// Two segments: `billing` has an open and a closed breaker, `chat` a closed one.
fn two_segments() -> Dir {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t16");
    worker.tell("open\tchat\t16");
    worker.tell("succeed\tbilling\trelay|gpt-4.1\t20\t50");
    worker.tell("fail\tbilling\tdead\t7\t10");
    worker.tell("succeed\tchat\t模型\t1\t1");
    dir
}

#[test]
fn ls_shows_every_breaker_of_every_segment() {
    let dir = two_segments();
    let shown = dir.ok(&["ls"]);
    let rows: Vec<Vec<_>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["SEGMENT", "NAME", "MODE", "CALLS", "FAILED", "SLOW", "P95", "REJECTED", "RETRY"]);
    assert_eq!(rows[1][..6], ["billing", "dead", "open", "0", "0", "0"]);
    assert_eq!(rows[1][6], "2", "rejected: {shown}");
    assert!(rows[1][7].ends_with('s'), "how long until the next call: {shown}");
    assert_eq!(rows[2][..6], ["billing", "relay|gpt-4.1", "closed", "20", "0", "0"]);
    assert_eq!(rows[3][..4], ["chat", "模型", "closed", "1"]);
    assert_eq!(rows.len(), 4);
    let one = dir.ok(&["ls", "--segment", "chat"]);
    assert!(one.contains("模型") && !one.contains("billing"), "{one}");
}

#[test]
fn ls_in_json_is_a_line_each() {
    let dir = two_segments();
    let all = dir.json(&["ls"]);
    let told: Vec<_> =
        all.iter().map(|b| (b["segment"].as_str(), b["name"].as_str(), b["mode"].as_str())).collect();
    let expected =
        [("billing", "dead", "open"), ("billing", "relay|gpt-4.1", "closed"), ("chat", "模型", "closed")];
    assert_eq!(told, expected.map(|(s, n, m)| (Some(s), Some(n), Some(m))));
    let (dead, relay) = (&all[0], &all[1]);
    assert_eq!((dead["failures_total"].as_u64(), dead["rejected_total"].as_u64()), (Some(5), Some(2)));
    assert!(dead["open_remaining_ms"].as_u64().is_some_and(|ms| (1..=30_001).contains(&ms)), "{dead}");
    assert!(dead["p50_ms"].is_null(), "no success, no latency: {dead}");
    assert_eq!((relay["retry_after_ms"].as_u64(), relay["window_calls"].as_u64()), (Some(0), Some(20)));
    assert!(relay["p99_ms"].as_f64().is_some_and(|ms| (43.0..=57.0).contains(&ms)), "{relay}");
}

#[test]
fn show_tells_all_of_one() {
    let dir = two_segments();
    let shown = dir.ok(&["show", "dead"]);
    for part in ["dead", "billing", "open for", "5 failed", "2 rejected", "opened 1", "failure_threshold=5"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let json = dir.one(&["show", "dead"]);
    assert_eq!((json["mode"].as_str(), json["config"]["open_ms"].as_u64()), (Some("open"), Some(30_000)));
}

#[test]
fn a_name_that_is_nowhere_or_everywhere() {
    let dir = two_segments();
    let nowhere = dir.hscb(&["show", "none"]);
    assert_eq!((nowhere.code, nowhere.out.as_str()), (3, ""));
    assert!(nowhere.err.contains("\"none\" in billing, chat"), "{nowhere:?}");
    assert_eq!(dir.hscb(&["show", "dead", "--segment", "chat"]).code, 3);
    assert_eq!(dir.hscb(&["show", "dead", "--segment", "nothing"]).code, 3);
    let mut worker = dir.worker();
    worker.tell("open\tchat\t16");
    worker.tell("make\tchat\tdead");
    let everywhere = dir.hscb(&["show", "dead"]);
    assert_eq!(everywhere.code, 2);
    assert!(everywhere.err.contains("say --segment, one of billing, chat"), "{everywhere:?}");
    assert_eq!(dir.one(&["show", "dead", "--segment", "chat"])["mode"], "closed");
}

#[test]
fn an_empty_directory_and_none() {
    let dir = Dir::new();
    for verb in ["ls", "segments", "events"] {
        assert_eq!(dir.ok(&[verb]), "", "{verb}");
        assert_eq!(dir.json(&[verb]).len(), 0, "{verb}");
    }
    assert_eq!(dir.hscb(&["show", "a"]).code, 3);
    std::fs::remove_dir(dir.path("")).expect("it is empty");
    for verb in ["ls", "segments", "events", "doctor", "dump"] {
        dir.ok(&[verb]);
    }
    assert_eq!(dir.hscb(&["trip", "a"]).code, 3);
    assert!(!dir.path("").exists(), "looking makes no directory");
}

#[test]
fn looking_changes_nothing() {
    let dir = two_segments();
    let before = std::fs::read(dir.path("billing")).expect("a file");
    for args in [&["ls"][..], &["show", "dead"], &["events"], &["segments"], &["dump"], &["doctor"]] {
        dir.ok(args);
        dir.json(args);
    }
    assert!(std::fs::read(dir.path("billing")).expect("a file") == before, "not a byte of the file changes");
}
