//! Every program builds without a warning and runs, with the shared library and with the archive.

use crate::programs::{self, Link, command};
use crate::toolbox::{folder, functions, library, run, source};

#[test]
fn every_program_runs_with_the_shared_library() {
    let folder = folder("plain");
    for program in programs::all() {
        let binary = program.build(&folder, Link::Shared, &[]);
        program.check(&run(&mut command(binary, &folder)));
    }
}

#[test]
fn every_program_runs_with_the_archive() {
    let folder = folder("static");
    for program in programs::all() {
        let binary = program.build(&folder, Link::Static, &[]);
        program.check(&run(&mut command(&binary, &folder)));
        let needed = run(crate::toolbox::tool("readelf").arg("-dW").arg(binary));
        assert!(!needed.contains("libholysheep_cb"), "{} is not linked statically:\n{needed}", program.name);
    }
}

/// Unloaded and loaded again: the library stays mapped, and works on.
#[cfg(target_os = "linux")]
#[test]
fn a_program_may_load_and_unload_it_by_hand() {
    let folder = folder("dlopen");
    let mut program = programs::planted();
    program.name = "loader";
    program.sources = vec![crate::toolbox::root().join("tests/c/loader.c")];
    let binary = program.build(&folder, Link::Shared, &["-ldl", "-Wl,--as-needed"]);
    let said = run(command(binary, &folder).arg(library().join("libholysheep_cb.so")));
    assert!(said.contains("still mapped"), "{said}");
}

#[test]
fn every_exported_function_is_called_with_null() {
    let called = source("tests/c/consumer_null.c");
    for name in functions(&source("include/holysheep_cb.h")) {
        assert!(called.contains(&format!("{name}(")), "tests/c/consumer_null.c does not call {name}");
    }
}

#[test]
fn the_first_example_is_short_enough_to_copy() {
    assert!(source("examples/c/minimal.c").lines().count() <= 40);
}
