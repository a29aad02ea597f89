//! What the shared library exports, and how it is linked.

use crate::toolbox::{functions, library, run, source, tool};
use std::collections::BTreeSet;

#[test]
fn the_library_exports_what_the_header_declares_and_nothing_else() {
    let listed = run(tool("nm").args(["-D", "--defined-only"]).arg(library().join("libholysheep_cb.so")));
    let exported: BTreeSet<_> =
        listed.lines().filter_map(|line| line.split_whitespace().last()).map(str::to_owned).collect();
    let declared = functions(&source(crate::HEADER));
    assert!(declared.len() > 30, "the header declares only {declared:?}");
    let missing: Vec<_> = declared.difference(&exported).collect();
    let undeclared: Vec<_> = exported.difference(&declared).collect();
    assert!(missing.is_empty(), "declared, but not exported: {missing:?}");
    assert!(undeclared.is_empty(), "exported, but not declared: {undeclared:?}");
}

/// By its SONAME the loader finds it again; NODELETE keeps the fork handler mapped.
#[cfg(target_os = "linux")]
#[test]
fn the_library_has_a_soname_and_is_never_unloaded() {
    let dynamic = run(tool("readelf").args(["-dW"]).arg(library().join("libholysheep_cb.so")));
    assert!(dynamic.contains("Library soname: [libholysheep_cb.so]"), "there is no SONAME:\n{dynamic}");
    let flags = dynamic.lines().find(|line| line.contains("(FLAGS_1)")).unwrap_or_default();
    assert!(flags.contains("NODELETE"), "NODELETE is not among the flags:\n{dynamic}");
}
