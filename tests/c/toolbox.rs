//! What the tests of the C ABI share: the library as its users get it, and the machine's C tools. Included by `#[path]`;
//! neither target uses all of it.
#![allow(dead_code, reason = "included by two test targets")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// What every C and C++ file of this repository is compiled with.
pub(crate) const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-O1"];
/// What a Rust static library needs besides, as `rustc --print native-static-libs` says.
pub(crate) const SYSTEM_LIBRARIES: [&str; 5] = ["-lgcc_s", "-lpthread", "-lm", "-ldl", "-lc"];

/// The repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository.
pub(crate) fn source(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// An empty folder for one test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder under target/tmp");
    folder
}

/// Where `cargo build --release` has put `libholysheep_cb.so` and `.a`. Built here, in a target folder of its own: a
/// cdylib's file has the same name whatever its features are, so that another build's might lie in the usual place.
pub(crate) fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c-abi");
        run(cargo(&target).args(["build", "--lib", "--release"]));
        target.join("release")
    })
}

/// The C ABI without the client, with a planted export that panics; see `src/ffi/planted.rs`.
pub(crate) fn planted_library() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c-abi-planted");
    let args = ["build", "--lib", "--no-default-features", "--features", "ffi,soname"];
    run(cargo(&target).args(args).env("RUSTFLAGS", "--cfg hscb_planted_panic"));
    target.join("debug")
}

/// Cargo, without what the cargo that runs this test may have been told.
fn cargo(target: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()).env("CARGO_TARGET_DIR", target);
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(name);
    }
    cargo
}

/// A program that these tests require; a missing one is a failure that says what to do.
pub(crate) fn tool(name: &str) -> Command {
    let package = match name {
        "nm" | "readelf" => "binutils",
        name => name,
    };
    let found = Command::new(name).arg("--version").output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "{name} is required by this test and is not there: apt-get install {package}"
    );
    Command::new(name)
}

/// Runs a command that must succeed; what it wrote to standard output.
pub(crate) fn run(command: &mut Command) -> String {
    let output = finish(command);
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, both(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs a command that must fail; what it wrote.
pub(crate) fn run_to_fail(command: &mut Command) -> String {
    let output = finish(command);
    assert!(!output.status.success(), "{command:?} succeeded, but must not\n{}", both(&output));
    both(&output)
}

fn finish(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn both(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The functions that C source declares.
pub(crate) fn functions(header: &str) -> BTreeSet<String> {
    let code = without_comments(header);
    let heads = code.split('(').filter_map(|before| before.split(|c: char| !is_word(c)).next_back());
    heads.filter(|name| name.starts_with("hscb_")).map(str::to_owned).collect()
}

/// The fields of a struct in C source, in order.
pub(crate) fn fields(header: &str, name: &str) -> Vec<String> {
    let code = without_comments(header);
    let body =
        code.split_once(&format!("typedef struct {name} {{")).and_then(|(_, rest)| rest.split_once('}'));
    let (body, _) = body.unwrap_or_else(|| panic!("the header has no struct {name}"));
    let declarations = body.split(';').map(|field| field.split('[').next().unwrap_or_default().trim());
    let names = declarations.filter_map(|field| field.split(|c: char| !is_word(c)).next_back());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// C source without comments and preprocessor lines.
fn without_comments(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        code += before;
        rest = comment.split_once("*/").expect("a comment has an end").1;
    }
    code += rest;
    let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n")
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
