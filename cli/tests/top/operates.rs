//! Commands: each asks first, and its event says who and why.

use crate::support::{Dir, Worker, until};
use crate::terminal::Terminal;

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

fn notes(dir: &Dir) -> Vec<String> {
    let note = |event: &serde_json::Value| event["note"].as_str().expect("a note").to_owned();
    dir.json(&["events", "relay"]).iter().map(note).collect()
}

#[test]
fn every_command_is_asked_about_and_noted() {
    let (dir, _worker) = one_breaker();
    let terminal = Terminal::with_top(&dir, "");
    terminal.sees_line(&["relay", "closed"]);
    let story = [
        ("t", "trip", "open"),
        ("r", "reset", "closed"),
        ("f", "force-open", "forced-open"),
        ("d", "disable", "disabled"),
        ("o", "observe", "observing"),
    ];
    for (at, (key, verb, to)) in story.into_iter().enumerate() {
        terminal.presses(&[key]);
        terminal.sees(&format!("┌ {verb} ─"));
        terminal.sees("billing/relay");
        assert_eq!(dir.json(&["events"]).len(), at, "nothing is done before it is confirmed");
        terminal.types("a test of q and t");
        terminal.sees("reason a test of q and t");
        terminal.presses(&["Enter"]);
        terminal.sees(&format!("-> {to}"));
        until(to, || mode(&dir) == to);
        terminal.sees_line(&[">relay", to]);
    }
    assert_eq!(notes(&dir).len(), story.len());
    for note in notes(&dir) {
        assert!(note.starts_with("user ") || note.starts_with("uid "), "{note}");
        assert!(note.ends_with(": a test of q and t"), "{note}");
    }
}

#[test]
fn without_a_reason_the_note_says_where_it_came_from() {
    let (dir, _worker) = one_breaker();
    let terminal = Terminal::with_top(&dir, "");
    terminal.sees_line(&["relay", "closed"]);
    // Closely, too.
    terminal.presses(&["Enter"]);
    terminal.sees("no transitions");
    terminal.presses(&["t"]);
    terminal.sees("┌ trip ─");
    terminal.presses(&["Enter"]);
    terminal.sees_line(&["closed -> open", "operator", ": top"]);
    assert!(notes(&dir)[0].ends_with(": top"), "{:?}", notes(&dir));
}

#[test]
fn a_question_that_is_not_confirmed_does_nothing() {
    let (dir, _worker) = one_breaker();
    let terminal = Terminal::with_top(&dir, "");
    terminal.sees_line(&["relay", "closed"]);
    for key in ["t", "f", "d"] {
        terminal.presses(&[key]);
        terminal.sees("leave it as it is");
        terminal.presses(&["Escape"]);
        terminal.shows("no question", |screen| !screen.contains("leave it as it is"));
    }
    assert_eq!((mode(&dir).as_str(), dir.json(&["events"]).len()), ("closed", 0));
}

/// The question is about the breaker that the cursor was on, wherever its row went meanwhile.
#[test]
fn a_question_stays_with_its_breaker() {
    let (dir, mut worker) = one_breaker();
    let terminal = Terminal::with_top(&dir, "--every 100ms");
    terminal.sees_line(&["relay", "closed"]);
    terminal.presses(&["f"]);
    terminal.sees("┌ force-open ─");
    worker.tell("trip\tbilling\tanother");
    terminal.sees("1 open");
    terminal.presses(&["Enter"]);
    until("the first is forced open", || mode(&dir) == "forced-open");
    assert_eq!(dir.one(&["show", "another"])["mode"], "open");
}

#[test]
fn what_cannot_be_done_is_said() {
    let (dir, worker) = one_breaker();
    let terminal = Terminal::with_top(&dir, "");
    terminal.sees_line(&["relay", "closed"]);
    terminal.presses(&["t"]);
    terminal.sees("┌ trip ─");
    drop(worker);
    dir.ok(&["rm", "billing", "--force"]);
    terminal.presses(&["Enter"]);
    terminal.sees("billing");
    terminal.sees("No breakers in ");
    assert!(!dir.path("billing").exists(), "it is not made anew");
}

/// What is typed or pasted before the question can be seen does not answer it.
#[test]
fn a_burst_of_input_confirms_nothing() {
    let (dir, _worker) = one_breaker();
    let terminal = Terminal::with_top(&dir, "");
    terminal.sees_line(&["relay", "closed"]);
    terminal.types("the traffic\rthanks\r");
    terminal.sees("┌ trip ─");
    terminal.presses(&["Escape"]);
    // Whatever was to be done would have been done before this is.
    terminal.presses(&["f"]);
    terminal.sees("┌ force-open ─");
    terminal.presses(&["Enter"]);
    until("forced open", || mode(&dir) == "forced-open");
    assert_eq!(dir.json(&["events"]).len(), 1, "{:?}", notes(&dir));
}
