//! Under AddressSanitizer, LeakSanitizer and UBSan. The library itself is not instrumented, but its allocations, frees
//! and block copies pass through the sanitizer.

use crate::programs::{self, Link, command};
use crate::toolbox::{folder, run, run_to_fail, tool};
use std::path::Path;
use std::process::Command;

const FLAGS: [&str; 3] =
    ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];

fn watched(binary: &Path, folder: &Path) -> Command {
    let mut command = command(binary, folder);
    command.env("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1");
    command.env("UBSAN_OPTIONS", "print_stacktrace=1");
    command
}

#[test]
fn every_program_is_clean() {
    let folder = folder("sanitizers");
    for program in programs::all() {
        let binary = program.build(&folder, Link::Shared, &FLAGS);
        assert!(run(tool("nm").arg(&binary)).contains(" __asan_report"), "{} has no sanitizer", program.name);
        program.check(&run(&mut watched(&binary, &folder)));
    }
}

#[test]
fn the_sanitizers_look() {
    let folder = folder("sanitizers-planted");
    let binary = programs::planted().build(&folder, Link::Shared, &FLAGS);
    for (fault, report) in [
        ("overflow", "AddressSanitizer: heap-buffer-overflow"),
        ("leak", "LeakSanitizer: detected memory leaks"),
        ("undefined", "runtime error: signed integer overflow"),
    ] {
        let said = run_to_fail(watched(&binary, &folder).arg(fault));
        assert!(said.contains(report), "a planted {fault} is not reported:\n{said}");
    }
}
