//! Whatever lies in the directory, and wherever the answer goes: it ends cleanly, with the code that docs/CLI.md says.

use crate::support::{Dir, Ran, ended, lines};
use std::fs::{self, File};
use std::process::Stdio;

const LAYOUT_AT: usize = 8;
const CAPACITY_AT: usize = 16;
const BOOT_AT: usize = 24;

/// A good segment, and every kind of file that is none.
fn zoo() -> Dir {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tgood\t4");
    worker.tell("trip\tgood\trelay");
    let image = fs::read(dir.path("good")).expect("a file");
    let put = |name: &str, at: usize, byte: u8| {
        let mut image = image.clone();
        image[at] ^= byte;
        write(&dir, name, &image);
    };
    put("other-layout", LAYOUT_AT, 0x40);
    put("absurd", CAPACITY_AT + 3, 0xff);
    put("earlier-boot", BOOT_AT, 0xff);
    write(&dir, "cut", &image[..8192]);
    write(&dir, "short", &image[..17]);
    write(&dir, "empty", b"");
    write(&dir, "zeros", &[0; 65536]);
    write(&dir, "letter", &b"dear reader, ".repeat(1000));
    write(&dir, "a name\x1b[2J", &image);
    fs::create_dir(dir.path("folder")).expect("a folder");
    std::os::unix::fs::symlink(dir.path("good"), dir.path("link")).expect("a link");
    let pipe = std::process::Command::new("mkfifo").arg(dir.path("pipe")).status();
    assert!(pipe.is_ok_and(|status| status.success()), "mkfifo runs");
    dir
}

fn write(dir: &Dir, name: &str, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(dir.path(name), bytes).expect("a file");
    fs::set_permissions(dir.path(name), fs::Permissions::from_mode(0o600)).expect("ours");
}

#[test]
fn what_is_no_segment_is_listed_with_what_is_wrong() {
    let dir = zoo();
    let all = dir.json(&["segments"]);
    let problem = |name: &str| {
        let one = all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}"));
        one["problem"].as_str().unwrap_or_default().to_owned()
    };
    for (name, part) in [
        ("good", ""),
        ("other-layout", "has layout 68, this library has 4"),
        ("absurd", "header that cannot be"),
        ("earlier-boot", "earlier boot"),
        ("cut", "its header asks for"),
        ("short", "has 17 bytes"),
        ("empty", "has 0 bytes"),
        ("zeros", "is no segment"),
        ("letter", "is no segment"),
        ("a name\x1b[2J", "is not allowed"),
        ("folder", "not a regular file"),
        ("link", "not a regular file"),
        ("pipe", "not a regular file"),
    ] {
        let found = problem(name);
        assert!(found.contains(part) && part.is_empty() == found.is_empty(), "{name}: {found:?}");
    }
    assert_eq!(all.len(), 13, "{all:?}");
    let words = dir.ok(&["segments"]);
    assert!(!words.contains('\x1b'), "a name commands no terminal: {words:?}");
}

#[test]
fn no_verb_is_stopped_by_it() {
    let dir = zoo();
    for args in [&["ls"][..], &["show", "relay"], &["events"], &["dump"], &["segments"], &["reset", "relay"]]
    {
        for args in [args.to_vec(), [args, &["--json"]].concat()] {
            let ran = dir.hscb(&args);
            assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
            assert!(!ran.err.contains('\x1b') && !ran.err.contains("panicked"), "{ran:?}");
        }
    }
    assert_eq!(dir.json(&["ls"]).len(), 1);
    assert_eq!(dir.hscb(&["doctor"]).code, 1);
    for (name, code) in
        [("other-layout", 1), ("cut", 1), ("pipe", 1), ("link", 1), ("earlier-boot", 3), ("a b", 2)]
    {
        assert_eq!(dir.hscb(&["ls", "--segment", name]).code, code, "{name}");
    }
}

/// Bytes that no writer wrote, behind a header that is right.
#[test]
fn nonsense_inside_of_a_segment_is_shown_as_what_it_is() {
    let dir = zoo();
    let image = fs::read(dir.path("good")).expect("a file");
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..8 {
        let mut image = image.clone();
        for byte in &mut image[64..] {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if round % 2 == 0 || seed >> 60 == 0 {
                *byte = (seed >> 56) as u8;
            }
        }
        write(&dir, "nonsense", &image);
        for args in [&["ls"][..], &["events"], &["dump"], &["segments"], &["doctor"], &["show", "relay"]] {
            let ran = dir.hscb(args);
            assert!((0..=3).contains(&ran.code) && !ran.err.contains("panicked"), "{args:?}: {ran:?}");
        }
    }
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let dir = zoo();
    for args in [&["ls"][..], &["events"], &["dump"], &["man"], &["completions", "bash"]] {
        let mut child =
            dir.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        drop(child.stdout.take());
        assert_eq!(ended(&mut child), Some(0), "{args:?}");
    }
}

#[test]
fn an_answer_that_cannot_be_written_is_one() {
    let dir = zoo();
    for args in [&["ls"][..], &["ls", "--json"], &["events"], &["dump"], &["man"], &["completions", "zsh"]] {
        let full = File::options().write(true).open("/dev/full").expect("Linux has it");
        let ran = Ran::of(dir.command(args).stdout(full).output().expect("it runs"));
        assert_eq!(ran.code, 1, "{args:?}: {ran:?}");
        assert!(ran.err.contains("cannot write the answer: No space left on device"), "{ran:?}");
    }
}

#[test]
fn wrong_arguments_are_2() {
    let dir = Dir::new();
    for args in [
        &["nonsense"][..],
        &[],
        &["trip"],
        &["ls", "--color"],
        &["completions", "tcsh"],
        &["man", "nonsense"],
    ] {
        assert_eq!(dir.hscb(args).code, 2, "{args:?}");
    }
    assert_eq!(lines(&dir.ok(&["ls", "--json"])).len(), 0);
}
