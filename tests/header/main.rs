//! `include/holysheep_cb.h` is what `src/ffi` says, the library exports what it declares, and C sees each struct as Rust
//! does. `HSCB_BLESS=1 cargo test --test header` writes the header anew.
#![cfg(all(unix, feature = "ffi", not(loom)))]

mod layout;
mod render;
mod symbols;
#[path = "../c/toolbox.rs"]
mod toolbox;

use toolbox::{WARNINGS, folder, root, run, source, tool};

const HEADER: &str = "include/holysheep_cb.h";

#[test]
fn the_committed_header_is_what_src_ffi_says() {
    let rendered = render::header(&root());
    if std::env::var_os("HSCB_BLESS").is_some() {
        std::fs::write(root().join(HEADER), &rendered).expect("include/ is writable");
    }
    let committed = source(HEADER);
    let differing = rendered.lines().zip(committed.lines()).position(|(new, old)| new != old);
    let line = differing.unwrap_or_else(|| rendered.lines().count().min(committed.lines().count()));
    assert!(
        rendered == committed,
        "{HEADER} is not what src/ffi says, from line {} on:\n  committed: {}\n  src/ffi:   {}\nto render it anew: \
         HSCB_BLESS=1 cargo test --test header",
        line + 1,
        committed.lines().nth(line).unwrap_or("(its end)"),
        rendered.lines().nth(line).unwrap_or("(its end)"),
    );
}

#[test]
fn nothing_of_rust_is_left_in_the_comments() {
    let header = source(HEADER);
    for leak in ["# Safety", "# Errors", "# Panics", "::", "..=", "[`", "struct hscb_config *", "unsafe"] {
        assert!(!header.contains(leak), "{HEADER} says {leak:?}");
    }
}

/// `contract.c` declares everything again, in the words of the design: a conflict is an error of the compiler.
#[test]
fn every_declaration_is_the_one_of_the_design() {
    let folder = folder("contract");
    run(tool("gcc")
        .args(WARNINGS)
        .args(["-std=c11", "-Wredundant-decls", "-Wno-error=redundant-decls", "-c", "-I"])
        .args([root().join("include"), root().join("tests/c/contract.c")])
        .arg("-o")
        .arg(folder.join("contract.o")));
    let (declared, contract) =
        (toolbox::functions(&source(HEADER)), toolbox::functions(&source("tests/c/contract.c")));
    assert_eq!(declared, contract, "the header declares other functions than tests/c/contract.c");
}

#[test]
fn the_header_stands_alone_in_each_language() {
    for (compiler, language, standard) in [
        ("gcc", "c", "-std=c99"),
        ("gcc", "c", "-std=c11"),
        ("gcc", "c", "-std=c2x"),
        ("g++", "c++", "-std=c++11"),
        ("g++", "c++", "-std=c++17"),
        ("g++", "c++", "-std=c++20"),
    ] {
        run(tool(compiler)
            .args(WARNINGS)
            .args([
                standard,
                "-fsyntax-only",
                "-Wconversion",
                "-Wno-pragma-once-outside-header",
                "-x",
                language,
            ])
            .arg(root().join(HEADER)));
    }
}
