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
    /// The Python interpreter itself, not a shim of it.
    pub(super) python: PathBuf,
    /// The worker in Python.
    pub(super) worker_py: PathBuf,
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
            python: interpreter(&args.python)?,
            worker_py: file(
                args.worker_py.clone(),
                "the worker in Python",
                "run the demo from the repository's root, or name it with --worker-py",
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

/// The interpreter that this command runs, which also proves that it runs and has `ctypes`.
fn interpreter(command: &Path) -> Result<PathBuf, String> {
    const REMEDY: &str = "install Python 3 (Debian: `apt-get install python3`), or name it with --python";
    let shown = command.display();
    let tried = Command::new(command).args(["-c", "import ctypes, sys; print(sys.executable)"]).output();
    let output = tried.map_err(|e| format!("{shown} does not start ({e}): {REMEDY}"))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "{shown} has no ctypes ({}): {REMEDY}",
            reason.lines().last().unwrap_or("no reason given")
        ));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
