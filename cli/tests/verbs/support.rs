//! A directory of segments, the binary run in it, and workers that hold segments open there.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What only a broken build reaches.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A directory of segments of a test's own; removed with this.
pub(crate) struct Dir(PathBuf);

/// How a run of the binary ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Dir {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let shm = Path::new("/dev/shm");
        let base = if shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() };
        // ORDERING: Relaxed; only the number matters.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = base.join(format!("hscb-verbs-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).expect("a directory of our own");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The binary with these arguments, in this directory.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hscb"));
        // A test that runs in the background of a shell inherits that SIGINT is ignored, and so would what it starts.
        // SAFETY: sets a disposition to its default, which is async-signal-safe.
        unsafe {
            command.pre_exec(|| {
                libc::signal(libc::SIGINT, libc::SIG_DFL);
                Ok(())
            })
        };
        command.args(args).env("HOLYSHEEP_CB_DIR", &self.0).env_remove("SUDO_USER").stdin(Stdio::null());
        command
    }

    pub(crate) fn hscb(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().expect("the binary runs"))
    }

    /// The same; what it answered if it ended with 0.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let ran = self.hscb(args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        ran.out
    }

    /// The same with `--json`: a value for each line.
    pub(crate) fn json(&self, args: &[&str]) -> Vec<Value> {
        lines(&self.ok(&[args, &["--json"]].concat()))
    }

    /// The same, where there is one.
    pub(crate) fn one(&self, args: &[&str]) -> Value {
        let mut all = self.json(args);
        assert_eq!(all.len(), 1, "{args:?}: {all:?}");
        all.remove(0)
    }

    /// A process that does what it is told with segments of this directory.
    pub(crate) fn worker(&self) -> Worker {
        Worker::start(&self.0)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ends by itself"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

/// The JSON value of each line.
pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line:?}"))).collect()
}

/// Another process, which is this test binary with one test alone; it dies with this.
pub(crate) struct Worker {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    fn start(dir: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--exact", "worker::obeys", "--ignored", "--nocapture"])
            .env("HOLYSHEEP_CB_DIR", dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this binary runs again");
        let orders = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, orders, answers }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it what to do, and waits until it is done. Words are parted by tabs.
    pub(crate) fn tell(&mut self, order: &str) {
        writeln!(self.orders, "{order}").expect("it listens");
        let answer = self.answers.by_ref().map(|line| line.expect("UTF-8")).find(|line| line.contains('@'));
        assert!(answer.as_deref().is_some_and(|answer| answer.ends_with("@done")), "{order}: {answer:?}");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Polls until it is so.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < DEADLINE, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits for the end of a process; its exit code, `None` if a signal ended it.
pub(crate) fn ended(child: &mut Child) -> Option<i32> {
    let mut status = None;
    until("the process ends", || {
        status = child.try_wait().expect("a child");
        status.is_some()
    });
    status.and_then(|status| status.code())
}
