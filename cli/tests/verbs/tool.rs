//! `completions`, `man`, and colours.

use crate::support::Dir;
use std::io::Write as _;
use std::process::{Command, Stdio};

#[test]
fn completions_of_every_shell() {
    let dir = Dir::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = dir.ok(&["completions", shell]);
        assert!(script.contains("force-open") && script.len() > 1000, "{shell}");
        assert!(!script.contains("demo-worker"), "{shell}");
        assert_eq!(dir.one(&["completions", shell])["script"].as_str(), Some(script.as_str()));
    }
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().expect("bash runs");
    let script = dir.ok(&["completions", "bash"]);
    bash.stdin.take().expect("piped").write_all(script.as_bytes()).expect("bash reads");
    assert!(bash.wait().is_ok_and(|status| status.success()), "bash accepts it");
}

#[test]
fn a_manual_page_for_each_verb() {
    let dir = Dir::new();
    let page = dir.ok(&["man"]);
    for part in [".TH HSCB 1", "force\\-open", ".SH \"EXIT STATUS\"", ".SH ENVIRONMENT", "HOLYSHEEP_CB_DIR"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("demo\\-worker"), "what is hidden stays so");
    assert!(dir.ok(&["man", "trip"]).contains("\\fB\\-\\-for\\fR"));
    assert_eq!(dir.one(&["man", "ls"])["name"], "hscb-ls.1");
    let out = dir.path("man");
    std::fs::create_dir(&out).expect("a folder");
    let written = dir.json(&["man", "--out", out.to_str().expect("UTF-8")]);
    let files: Vec<_> = std::fs::read_dir(&out).expect("a folder").flatten().collect();
    assert_eq!(files.len(), written.len());
    assert!(files.len() >= 19, "{files:?}");
    assert_eq!(dir.hscb(&["man", "--out", "/nonexistent"]).code, 1);
}

#[test]
fn no_colours_where_there_is_no_terminal() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("trip\tbilling\trelay");
    for args in [&["ls"][..], &["show", "relay"], &["events"], &["segments"], &["doctor"]] {
        let shown = dir.ok(args);
        assert!(!shown.contains('\x1b') && !shown.is_empty(), "{args:?}: {shown:?}");
    }
}

/// On a terminal there are, unless `NO_COLOR` is set; `script` of util-linux gives one.
#[test]
fn colours_on_a_terminal() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("trip\tbilling\trelay");
    let run = |no_color: &str| {
        let command = format!("{} ls", env!("CARGO_BIN_EXE_hscb"));
        let mut script = Command::new("script");
        script
            .args(["-qec", &command, "/dev/null"])
            .env("HOLYSHEEP_CB_DIR", dir.path(""))
            .env("TERM", "xterm");
        script.env("NO_COLOR", no_color).stdin(Stdio::null()).output()
    };
    // Not every machine has it.
    let Ok(plain) = run("1") else { return };
    assert!(plain.status.success() && !plain.stdout.contains(&0x1b), "{plain:?}");
    let coloured = run("").expect("it ran before");
    assert!(coloured.stdout.windows(5).any(|w| w == b"\x1b[31m"), "open is red: {coloured:?}");
}
