//! Children: this test binary again, in a role, in a directory of its own, under a deadline.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const ROLE: &str = "HSCB_TEST_ROLE";
/// A child that goes on for so many seconds hangs, on however busy a machine.
const HANGS: u64 = 900;

/// A role's body: it panics where something is wrong.
pub(crate) type Role = fn();

/// Runs the role that this process was started for, if any.
pub(crate) fn enter(roles: &[(&str, Role)]) {
    let Ok(asked) = std::env::var(ROLE) else { return };
    let role = roles.iter().find(|(name, _)| *name == asked).unwrap_or_else(|| panic!("no role {asked}"));
    (role.1)();
}

/// How much longer a soak runs.
pub(crate) fn times() -> u64 {
    if std::env::var_os("HSCB_SOAK").is_some_and(|v| v != "0") { 10 } else { 1 }
}

/// The directory that this role's segments lie in.
pub(crate) fn directory() -> PathBuf {
    std::env::var_os("HOLYSHEEP_CB_DIR").expect("a role has a directory").into()
}

/// A directory for segments that is gone with its holder.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(what: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let base = if Path::new("/dev/shm").is_dir() { "/dev/shm".into() } else { std::env::temp_dir() };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = base.join(format!("hscb-{what}-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).expect("a directory for segments");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// This binary in `role`, with its segments in `folder`.
pub(crate) fn command(role: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    prepare(command.args(["--exact", "child_entry", "--nocapture"]), role, folder);
    command
}

/// What makes any command that starts this binary start it in `role`.
pub(crate) fn prepare<'a>(command: &'a mut Command, role: &str, folder: &Path) -> &'a mut Command {
    command.env(ROLE, role).env("HOLYSHEEP_CB_DIR", folder).stdin(Stdio::null()).stdout(Stdio::piped())
}

/// Runs a child to its end, which must be a good one; what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let mut child = command.spawn().expect("a child");
    let mut output = child.stdout.take().expect("its output");
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = output.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let deadline = Instant::now() + Duration::from_secs(HANGS * times());
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            break status;
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{command:?} hangs: it was killed\n{}", reader.join().unwrap_or_default());
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = reader.join().expect("the reader");
    assert!(status.success(), "{command:?} ended with {status}\n{text}");
    text
}

/// Runs a role in a directory of its own.
pub(crate) fn play(role: &str) -> String {
    let folder = Folder::new(role);
    run(&mut command(role, folder.path()))
}

/// The machine does not allow this test: said aloud, and a failure where `CI` is set, for there it must run.
pub(crate) fn cannot_run(why: &str) {
    // Not by a macro, whose output a test that passes keeps to itself.
    let _ = writeln!(std::io::stderr(), "cannot run: {why}");
    assert!(std::env::var_os("CI").is_none(), "cannot run, and CI is set: {why}");
}

/// Whether we may do what only root may.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
