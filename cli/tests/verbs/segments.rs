//! `segments`, `doctor` and `rm`.

use crate::support::Dir;
use serde_json::Value;

fn named<'a>(all: &'a [Value], field: &str, name: &str) -> &'a Value {
    all.iter().find(|one| one[field] == name).unwrap_or_else(|| panic!("{name} in {all:?}"))
}

#[test]
fn who_has_it_open_is_told() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t16");
    worker.tell("make\tbilling\trelay");
    let shown = &dir.json(&["segments"])[0];
    assert_eq!((shown["processes"].as_u64(), shown["breakers"].as_u64()), (Some(1), Some(1)), "{shown}");
    assert_eq!((shown["capacity"].as_u64(), shown["stripes"].as_u64()), (Some(16), Some(1)));
    assert_eq!((shown["file_mode"].as_str(), shown["problem"].is_null()), (Some("0600"), true));
    assert_eq!(dir.json(&["ls"])[0]["processes"], 1);
    let words = dir.ok(&["segments"]);
    assert!(words.starts_with("SEGMENT") && words.contains("billing"), "{words}");
    worker.tell("close\tbilling");
    assert_eq!(dir.json(&["segments"])[0]["processes"], 0, "who only looks is not counted");
}

#[test]
fn rm_refuses_what_is_in_use() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t16");
    let refused = dir.hscb(&["rm", "billing"]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("is open in 1 process; --force"), "{refused:?}");
    assert!(dir.path("billing").exists());
    assert_eq!(dir.one(&["rm", "billing", "--force"])["processes"], 1);
    assert!(!dir.path("billing").exists());
    assert_eq!(dir.hscb(&["rm", "billing"]).code, 3);
    worker.tell("open\tother\t16");
    worker.tell("close\tother");
    std::fs::write(dir.path("other.lock"), "").expect("a lock");
    assert!(dir.ok(&["rm", "other"]).ends_with("other is removed\n"));
    assert!(!dir.path("other.lock").exists(), "and its lock with it");
}

#[test]
fn rm_takes_no_segment_but_by_force_and_nothing_elsewhere() {
    let dir = Dir::new();
    std::fs::write(dir.path("letter"), "dear reader").expect("a file");
    let refused = dir.hscb(&["rm", "letter"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    std::fs::create_dir(dir.path("folder")).expect("a folder");
    for name in ["folder", "letter"] {
        assert!(dir.path(name).exists());
        dir.hscb(&["rm", name, "--force"]);
    }
    assert!(dir.path("folder").exists(), "a folder is not removed");
    assert!(!dir.path("letter").exists());
    let outside = dir.path("outside");
    std::fs::create_dir(dir.path("in")).expect("a folder");
    std::fs::write(&outside, "mine").expect("a file");
    assert_eq!(dir.hscb(&["rm", "in/../outside", "--force"]).code, 3);
    assert_eq!(dir.hscb(&["rm", "../x", "--force"]).code, 3);
    assert!(outside.exists());
}

#[test]
fn the_doctor_is_content_with_a_healthy_host() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t16");
    let all = dir.json(&["doctor"]);
    for check in ["directory", "space", "segment", "removed", "clock", "boot", "remove-ipc"] {
        let finding = named(&all, "check", check);
        assert_ne!(finding["level"], "wrong", "{finding}");
    }
    assert!(dir.ok(&["doctor"]).contains("billing has 0 breakers of 16"));
}

#[test]
fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tfull\t1");
    worker.tell("make\tfull\tone");
    std::fs::write(dir.path("letter"), "dear reader").expect("a file");
    let ran = dir.hscb(&["doctor", "--json"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("2 things are wrong"), "{ran:?}");
    let all = crate::support::lines(&ran.out);
    let of = |name: &str| {
        let found = all.iter().find(|one| one["what"].as_str().is_some_and(|what| what.contains(name)));
        found.map(|one| {
            (one["level"].as_str(), one["advice"].as_str().is_some_and(|advice| !advice.is_empty()))
        })
    };
    assert_eq!(of("/full has 1 breakers of 1: it is full"), Some((Some("wrong"), true)));
    assert_eq!(of("/letter has 11 bytes"), Some((Some("wrong"), true)));
}

/// A worker that makes no calls does not notice that its segment was removed.
#[test]
fn the_doctor_sees_who_goes_on_with_a_removed_segment() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t16");
    std::fs::remove_file(dir.path("billing")).expect("it is there");
    let all = dir.json(&["doctor"]);
    let finding = named(&all, "check", "removed");
    let what = finding["what"].as_str().expect("words");
    assert_eq!(finding["level"], "warning");
    assert!(what.contains(&format!("process {} goes on with", worker.pid())), "{what}");
}

#[cfg(unix)]
#[test]
fn the_doctor_names_a_directory_that_everyone_may_write() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = Dir::new();
    std::fs::set_permissions(dir.path(""), std::fs::Permissions::from_mode(0o777)).expect("ours");
    let ran = dir.hscb(&["doctor"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("is writable by everyone"), "{ran:?}");
    assert_eq!(dir.hscb(&["ls"]).code, 1);
}
