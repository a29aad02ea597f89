//! Under valgrind, which sees every access of the library too.

use crate::programs::{self, Link, command};
use crate::toolbox::{folder, run, run_to_fail, tool};
use std::path::Path;
use std::process::Command;

fn watched(binary: &Path, folder: &Path) -> Command {
    tool("valgrind");
    let mut command = command("valgrind", folder);
    // Not "possibly lost": Rust's hash maps point into the middle of their memory, and one serves the whole process.
    command.args(["--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=definite,indirect"]);
    command.args(["--errors-for-leak-kinds=definite,indirect", "--trace-children=yes"]).arg(binary);
    command
}

#[test]
fn every_program_is_clean() {
    let folder = folder("valgrind");
    for program in programs::all() {
        let binary = program.build(&folder, Link::Shared, &[]);
        program.check(&run(&mut watched(&binary, &folder)));
    }
}

#[test]
fn valgrind_looks() {
    let folder = folder("valgrind-planted");
    let binary = programs::planted().build(&folder, Link::Shared, &[]);
    for (fault, report) in [("overflow", "Invalid write of size"), ("leak", "definitely lost")] {
        let said = run_to_fail(watched(&binary, &folder).arg(fault));
        assert!(said.contains(report), "a planted {fault} is not reported:\n{said}");
    }
}
