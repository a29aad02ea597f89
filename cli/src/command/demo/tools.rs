//! What the demo needs of this machine, found before it starts; what is missing is told with its remedy.

use crate::cli::DemoArgs;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The files and programs of the demo.
#[derive(Debug)]
pub(super) struct Tools {
    /// This executable: the relay and the workers in Rust.
    pub(super) hscb: PathBuf,
    /// `libholysheep_cb.so`.
    pub(super) lib: PathBuf,
    /// The worker in C.
    pub(super) c_worker: PathBuf,
    /// The Python interpreter itself, not a shim of it; it has the package.
    pub(super) python: PathBuf,
    /// The worker in Python.
    pub(super) worker_py: PathBuf,
    /// Node itself, not a shim of it.
    pub(super) node: PathBuf,
    /// The entry of the built Node package.
    pub(super) node_package: PathBuf,
    /// The worker for Node.
    pub(super) worker_mjs: PathBuf,
}

impl Tools {
    /// Finds them all.
    pub(super) fn find(args: &DemoArgs) -> Result<Self, String> {
        let hscb = env::current_exe().map_err(|e| format!("cannot tell where this executable is: {e}"))?;
        let beside = hscb.parent().unwrap_or(Path::new("."));
        Ok(Self {
            lib: library(args.lib.as_deref(), beside)?,
            c_worker: file(
                args.c_worker.clone().unwrap_or_else(|| beside.join("demo_worker_c")),
                "the worker in C",
                "build it with `make demo`, or name it with --c-worker",
            )?,
            python: interpreter(&args.python, &PYTHON)?,
            worker_py: file(
                args.worker_py.clone(),
                "the worker in Python",
                "run the demo from the repository's root, or name it with --worker-py",
            )?,
            node: interpreter(&args.node, &NODE)?,
            node_package: file(
                args.node_package.clone(),
                "the Node package",
                "build it with `make demo`, or name its index.mjs with --node-package",
            )?,
            worker_mjs: file(
                args.worker_mjs.clone(),
                "the worker for Node",
                "run the demo from the repository's root, or name it with --worker-mjs",
            )?,
            hscb,
        })
    }
}

/// The absolute path of a file that must exist.
fn file(path: PathBuf, what: &str, remedy: &str) -> Result<PathBuf, String> {
    fs::canonicalize(&path).map_err(|e| format!("{what} is not at {} ({e}): {remedy}", path.display()))
}

/// The shared library: the one named, or the one beside this executable or above it.
fn library(named: Option<&Path>, beside: &Path) -> Result<PathBuf, String> {
    let name = format!("{DLL_PREFIX}holysheep_cb{DLL_SUFFIX}");
    let path = named.map_or_else(
        || {
            let places = [beside.join(&name), beside.join("..").join(&name)];
            places.iter().find(|p| p.exists()).unwrap_or(&places[0]).clone()
        },
        Path::to_path_buf,
    );
    file(path, "the library", "build it with `cargo build --release`, or name it with --lib")
}

/// How an interpreter is asked where it is, in a way that also shows that it has what the worker needs.
struct Question {
    arguments: [&'static str; 2],
    what: &'static str,
    remedy: &'static str,
}

const PYTHON: Question = Question {
    arguments: ["-c", "import holysheep_cb, sys; print(sys.executable)"],
    what: "Python with the package holysheep_cb",
    remedy: "`make demo` makes one, or name one with --python",
};

const NODE: Question = Question {
    arguments: ["-p", "process.execPath"],
    what: "Node",
    remedy: "install Node 20 or later (Debian: `apt-get install nodejs`), or name it with --node",
};

/// The interpreter that this command runs.
fn interpreter(command: &Path, question: &Question) -> Result<PathBuf, String> {
    let (shown, what, remedy) = (command.display(), question.what, question.remedy);
    let tried = Command::new(command).args(question.arguments).output();
    let output = tried.map_err(|e| format!("{shown} does not start ({e}), but must be {what}: {remedy}"))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        let reason = reason.lines().last().unwrap_or("no reason given");
        return Err(format!("{shown} is no {what} ({reason}): {remedy}"));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
