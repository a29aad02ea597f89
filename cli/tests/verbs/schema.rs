//! docs/CLI.md has the fields that there are, and no others.

use crate::support::Dir;
use serde_json::Value;
use std::collections::BTreeSet;

/// The fields that the first column of a section's table names.
fn documented(section: &str) -> BTreeSet<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/CLI.md");
    let text = std::fs::read_to_string(path).expect("docs/CLI.md");
    let begin = text.find(&format!("\n### {section}\n")).unwrap_or_else(|| panic!("no section {section}"));
    let body = text[begin + 1..].split("\n##").next().unwrap_or_default();
    let fields = body
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(field, _)| field.to_owned()));
    fields.collect()
}

fn fields(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap_or_else(|| panic!("{value}")).keys().cloned().collect()
}

fn without(mut fields: BTreeSet<String>, field: &str) -> BTreeSet<String> {
    assert!(fields.remove(field), "{field} in {fields:?}");
    fields
}

#[test]
fn the_documented_fields_are_those_of_the_answers() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("succeed\tbilling\trelay\t1\t1");
    assert_eq!(fields(&dir.one(&["trip", "relay"])), documented("Command"));
    assert_eq!(fields(&dir.one(&["configure", "relay", "open_ms=1"])), documented("Configuration"));
    assert_eq!(fields(&dir.one(&["show", "relay"])), documented("Breaker"));
    assert_eq!(fields(&dir.json(&["ls"])[0]), without(documented("Breaker"), "config"));
    let look = dir.one(&["top", "-n", "1"]);
    assert_eq!(fields(&look), documented("Look"));
    let live: BTreeSet<_> = documented("Breaker")
        .into_iter()
        .chain(documented("Live breaker"))
        .filter(|f| f != "config")
        .collect();
    assert_eq!(fields(&look["breakers"][0]), live);
    for event in dir.json(&["events"]) {
        assert_eq!(fields(&event), documented("Event"));
    }
    assert_eq!(fields(&dir.json(&["segments"])[0]), documented("Segment"));
    for finding in dir.json(&["doctor"]) {
        assert_eq!(fields(&finding), documented("Finding"));
    }
    let dump = dir.one(&["dump"]);
    assert_eq!(fields(&dump), documented("Dump"));
    let segment = &dump["segments"][0];
    assert_eq!(without(fields(segment), "events"), documented("Segment"));
    assert_eq!(fields(&segment["breakers"][0]), documented("Breaker"));
    assert_eq!(fields(&segment["events"][0]), documented("Event"));
    assert_eq!(
        serde_json::from_str::<Value>(&dir.ok(&["dump"])).map(|v| fields(&v)).ok(),
        Some(fields(&dump))
    );
}

/// The snapshot's fields of the C ABI, by their own names but for the times.
#[test]
fn a_breaker_has_what_the_c_snapshot_has() {
    let header = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../include/holysheep_cb.h"));
    let header = header.expect("the header");
    let body = header.split("typedef struct hscb_snapshot {").nth(1).and_then(|rest| rest.split('}').next());
    let declared = body.expect("the snapshot").lines().filter_map(|line| {
        let line = line.trim();
        line.starts_with("uint")
            .then(|| line.rsplit(' ').next().unwrap_or_default().trim_end_matches(';').to_owned())
    });
    let ours = documented("Breaker");
    let mut count = 0;
    for field in declared.filter(|field| !matches!(field.as_str(), "struct_size" | "flags" | "reserved")) {
        let field = if field == "open_remaining_ns" { "open_remaining_ms".to_owned() } else { field };
        assert!(ours.contains(&field), "{field}");
        count += 1;
    }
    assert!(count >= 20, "only {count} fields found");
}

/// The exit codes of the manual page are those of the document.
#[test]
fn the_exit_codes_are_documented() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/CLI.md")).expect("docs/CLI.md");
    let page = Dir::new().ok(&["man"]);
    for code in ["0", "1", "2", "3"] {
        assert!(text.contains(&format!("\n| {code} | ")), "{code}");
        assert!(page.contains(&format!("\\fB{code}\\fR")), "{code} in {page}");
    }
}
