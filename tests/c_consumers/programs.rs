//! The programs, and how they are built and run.

use crate::toolbox::{SYSTEM_LIBRARIES, WARNINGS, library, root, tool};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Longer than any of these programs takes, under any tool.
const TIME_LIMIT: &str = "300";

/// A C or C++ program.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) sources: Vec<PathBuf>,
    /// What it prints.
    pub(crate) says: Vec<&'static str>,
}

/// How a program gets at the library.
#[derive(Clone, Copy)]
pub(crate) enum Link {
    Shared,
    Static,
}

/// Every program that must run, whatever watches it.
pub(crate) fn all() -> Vec<Program> {
    let c = |name, file, says| Program { name, sources: vec![root().join(file)], says };
    vec![
        consumer(),
        c("consumer-cpp", "tests/c/consumer.cpp", vec!["C++: ok"]),
        client_cpp(),
        c("minimal", "examples/c/minimal.c", vec!["call 2: failed", "call 3: rejected, try again in "]),
        c(
            "shared",
            "examples/c/shared.c",
            vec![
                "before: a call may go",
                "worker: 3 calls failed, the next was rejected",
                "after: a call is rejected; 3 failures, none of them ours",
            ],
        ),
        c(
            "guard",
            "examples/cpp/guard.cpp",
            vec![
                "failed: connection timed out",
                "rejected, the next may go in about ",
                "fallback: from the cache",
                "throttled: a call is rejected",
            ],
        ),
        c(
            "events",
            "examples/cpp/events.cpp",
            vec![
                "relay: closed -> open",
                "relay: open -> half-open",
                "relay: half-open -> closed",
                "missed: 0",
            ],
        ),
    ]
}

/// The client of the C++ header.
pub(crate) fn client_cpp() -> Program {
    let sources = vec![root().join("tests/c/consumer_client.cpp")];
    Program { name: "client-cpp", sources, says: vec!["the client in C++: ok"] }
}

/// The one that does everything wrong; its parts are the files `tests/c/consumer*.c`.
pub(crate) fn consumer() -> Program {
    let files = std::fs::read_dir(root().join("tests/c")).expect("tests/c");
    let mut sources: Vec<_> = files.map(|file| file.expect("tests/c").path()).collect();
    sources.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("consumer") && name.ends_with(".c")
    });
    sources.sort();
    let parts = [
        "NULL",
        "sizes of what is written",
        "sizes of what is read",
        "strings",
        "values",
        "events",
        "handles",
        "responses",
    ];
    let says = parts.into_iter().chain(["semantics: ok"]).collect();
    Program { name: "consumer", sources, says }
}

/// The one with a fault to be found.
pub(crate) fn planted() -> Program {
    Program { name: "planted", sources: vec![root().join("tests/c/planted.c")], says: vec![] }
}

impl Program {
    /// The command that compiles it to `folder/name`.
    pub(crate) fn compiler(
        &self,
        folder: &Path,
        library: &Path,
        link: Link,
        flags: &[&str],
    ) -> (Command, PathBuf) {
        let cpp = self.sources.iter().any(|path| path.extension().is_some_and(|it| it == "cpp"));
        let (compiler, standard) = if cpp { ("g++", "-std=c++17") } else { ("gcc", "-std=c11") };
        let binary = folder.join(self.name);
        let mut command = tool(compiler);
        command.arg(standard).args(WARNINGS).args(["-g", "-pthread", "-I"]).arg(root().join("include"));
        command.args(flags).args(&self.sources).arg("-o").arg(&binary);
        match link {
            Link::Shared => {
                let mut rpath = OsString::from("-Wl,-rpath,");
                rpath.push(library);
                command.arg("-L").arg(library).arg("-lholysheep_cb").arg(rpath).arg("-lm");
            }
            Link::Static => {
                command.arg(library.join("libholysheep_cb.a")).args(SYSTEM_LIBRARIES);
            }
        }
        (command, binary)
    }

    /// Compiles it against the library that is shipped.
    pub(crate) fn build(&self, folder: &Path, link: Link, flags: &[&str]) -> PathBuf {
        let (mut command, binary) = self.compiler(folder, library(), link, flags);
        crate::toolbox::run(&mut command);
        binary
    }

    /// What it printed is what it should have.
    pub(crate) fn check(&self, printed: &str) {
        for line in &self.says {
            assert!(printed.contains(line), "{} does not say {line:?}, but:\n{printed}", self.name);
        }
    }
}

/// A command for a program, with a limit of time and shared segments of its own.
pub(crate) fn command(program: impl Into<OsString>, segments: &Path) -> Command {
    let mut command = tool("timeout");
    command.args(["-k", "5", TIME_LIMIT]).arg(program.into());
    command.env("HOLYSHEEP_CB_DIR", segments.join("segments"));
    // Cargo's own comes before the rpath, and would have the programs load the library that this test is linked with.
    command.env_remove("LD_LIBRARY_PATH");
    command
}
