//! The verbs that change something.

use crate::support::{Dir, Worker};

fn one_breaker() -> (Dir, Worker) {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t16");
    worker.tell("make\tbilling\trelay");
    (dir, worker)
}

fn mode(dir: &Dir) -> String {
    dir.one(&["show", "relay"])["mode"].as_str().expect("a word").to_owned()
}

#[test]
fn every_command_leads_where_it_says() {
    let (dir, _worker) = one_breaker();
    let story = [
        ("trip", "closed", "open"),
        ("half-open", "open", "half-open"),
        ("reset", "half-open", "closed"),
        ("force-open", "closed", "forced-open"),
        ("disable", "forced-open", "disabled"),
        ("observe", "disabled", "observing"),
        ("trip", "observing", "open"),
    ];
    for (sequence, (verb, from, to)) in story.into_iter().enumerate() {
        let told = dir.one(&[verb, "relay", "--reason", "a test"]);
        assert_eq!((told["from"].as_str(), told["to"].as_str()), (Some(from), Some(to)), "{told}");
        assert_eq!(
            (told["command"].as_str(), told["event"].as_u64()),
            (Some(verb), Some(sequence as u64 + 1))
        );
        assert_eq!(mode(&dir), to);
    }
    let events = dir.json(&["events", "relay"]);
    assert_eq!(events.len(), story.len());
    for (event, (_, from, to)) in events.iter().zip(story) {
        assert_eq!((event["from"].as_str(), event["to"].as_str()), (Some(from), Some(to)));
        let note = event["note"].as_str().expect("a note");
        assert!(
            (note.starts_with("user ") || note.starts_with("uid ")) && note.ends_with(": a test"),
            "{note:?}"
        );
        assert_eq!(event["reason"], "operator");
    }
}

#[test]
fn words_for_people() {
    let (dir, _worker) = one_breaker();
    let told = dir.ok(&["trip", "relay", "-r", "maintenance"]);
    assert!(
        told.starts_with("billing/relay: closed -> open for ") && told.ends_with(": maintenance)\n"),
        "{told}"
    );
    assert!(dir.ok(&["reset", "relay"]).starts_with("billing/relay: open -> closed ("));
    assert_eq!(dir.ok(&["reset", "relay"]), "billing/relay: closed, as it was; no event\n");
    assert_eq!(dir.one(&["reset", "relay"])["event"], serde_json::Value::Null);
}

#[test]
fn a_command_that_is_not_possible_is_refused() {
    let (dir, _worker) = one_breaker();
    let refused = dir.hscb(&["half-open", "relay", "--json"]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("possible from open only"), "{refused:?}");
    assert_eq!(dir.hscb(&["trip", "another"]).code, 3);
    assert_eq!(dir.json(&["ls"]).len(), 1, "a name that is not there is not made");
}

#[test]
fn a_trip_for_a_stated_time() {
    let (dir, _worker) = one_breaker();
    let left = |told: serde_json::Value| told["open_remaining_ms"].as_u64().expect("a number");
    assert!((899_000..=900_001).contains(&left(dir.one(&["trip", "relay", "--for", "15m"]))));
    let shorter = dir.one(&["trip", "relay", "--for", "30s"]);
    assert!(shorter["event"].is_null(), "the deadline moves, which is no transition: {shorter}");
    assert!((29_000..=30_001).contains(&left(shorter)));
    assert_eq!(dir.hscb(&["trip", "relay", "--for", "long"]).code, 2);
    for out_of_range in ["25h", "86400001ms", "999us", "0s"] {
        let ran = dir.hscb(&["trip", "relay", "--for", out_of_range]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("must be from 1ms to 24h"), "{ran:?}");
    }
    assert!(left(dir.one(&["trip", "relay", "--for", "24h"])) > 86_390_000);
}

#[test]
fn a_note_is_cut_and_commands_no_terminal() {
    let (dir, _worker) = one_breaker();
    dir.ok(&["trip", "relay", "-r", &format!("\x1b[2J\n{}", "ü".repeat(200))]);
    let note = dir.json(&["events"])[0]["note"].as_str().expect("a note").to_owned();
    assert!((126..=127).contains(&note.len()) && note.ends_with('ü'), "{note:?}");
    assert!(!note.contains(char::is_control) && note.contains("[2J"), "{note:?}");
}

#[test]
fn a_configuration_is_changed_field_by_field() {
    let (dir, _worker) = one_breaker();
    let told =
        dir.one(&["configure", "relay", "open_ms=5000", "window=calls", "failure_rate=0.25", "-r", "slower"]);
    assert_eq!(told["changed"]["open_ms"], serde_json::json!({ "from": 30_000, "to": 5_000 }));
    assert_eq!(told["changed"].as_object().map(serde_json::Map::len), Some(3));
    assert_eq!(told["config"]["window"], "calls");
    let event = &dir.json(&["events"])[0];
    assert_eq!(
        (event["reason"].as_str(), event["from"].as_str(), event["to"].as_str()),
        (Some("configured"), Some("closed"), Some("closed"))
    );
    assert!(event["note"].as_str().is_some_and(|note| note.ends_with(": slower")));
    let again = dir.one(&["configure", "relay", "open_ms=5000"]);
    assert!(again["event"].is_null() && again["changed"] == serde_json::json!({}), "{again}");
    let back = dir.one(&["configure", "relay", "--defaults", "open_ms=1"]);
    assert_eq!(
        (back["config"]["window"].as_str(), back["config"]["open_ms"].as_u64()),
        (Some("time"), Some(1))
    );
    for wrong in ["open_ms=0", "open_ms=x", "opn_ms=1", "open_ms", "failure_rate=2", "=", "slow_rate=0.5"] {
        let refused = dir.hscb(&["configure", "relay", wrong]);
        assert_eq!(refused.code, 2, "{wrong}: {refused:?}");
        assert!(!refused.err.contains("panicked"), "{refused:?}");
    }
    assert_eq!(dir.one(&["show", "relay"])["config"]["open_ms"], 1, "what is refused changes nothing");
    assert_eq!(dir.hscb(&["configure", "relay"]).code, 2);
}
