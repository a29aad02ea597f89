//! The example of the client: against the real relay where there is a key for it, and otherwise against `hscb mock`.

use crate::kit::{child, url};
use crate::support::Mock;

#[path = "../../../examples/client/ask.rs"]
mod ask;

/// The relay that a child asks.
const RELAY: &str = "HSCB_TEST_RELAY";

/// The child's part, with a key in its environment.
#[test]
fn child_entry() {
    let Ok(relay) = std::env::var(RELAY) else { return };
    ask::ask(&relay).expect("answers");
}

#[test]
fn the_example_asks_and_streams() {
    let mock = Mock::start(&[]);
    let mut child = child("example::child_entry");
    if std::env::var_os("HOLYSHEEP_API_KEY").is_some() {
        child.env(RELAY, ask::RELAY);
    } else {
        child.env(RELAY, url(mock.api)).env("HOLYSHEEP_API_KEY", "sk-of-the-example");
    }
    let output = child.output().expect("a child");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<_> = said.lines().collect();
    let by = lines.iter().position(|line| line.starts_with("by gpt-4.1")).expect("what answered");
    assert!(lines[by].contains(", for Some(") && !lines[by - 1].is_empty(), "{said}");
    assert!(!lines[by + 1].is_empty() && !lines[by + 1].starts_with("test "), "{said}");
}
