//! One instruction at a time: a forked child under ptrace, and the segment's memory as it stands between two of them.

use crate::kit::Fork;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tracer and traced take turns; on one core that goes several times as fast.
pub(crate) fn stay_on_one_core() {
    let mut set = rustix::thread::CpuSet::new();
    set.set(rustix::thread::sched_getcpu());
    // Where it is not allowed, it takes longer.
    let _ = rustix::thread::sched_setaffinity(None, &set);
}

/// A child that stands before its operation.
pub(crate) struct Traced(Fork);

/// Where a child stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum At {
    /// Within its operation.
    Within,
    /// Its operation is over.
    Over,
}

impl Traced {
    /// Forks a child that waits before `operation`. An error where the machine does not allow tracing.
    pub(crate) fn new(operation: impl FnOnce()) -> std::io::Result<Self> {
        let child = Fork::run(|| {
            // SAFETY: asks to be traced by the parent; there are no pointers.
            let traced = unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) };
            assert_eq!(traced, 0, "{}", std::io::Error::last_os_error());
            stop();
            operation();
            stop();
        });
        let traced = Self(child);
        match traced.wait() {
            Some(libc::SIGSTOP) => Ok(traced),
            _ => Err(std::io::Error::other("ptrace is not allowed")),
        }
    }

    /// One instruction further.
    pub(crate) fn step(&self) -> At {
        self.resume(libc::PTRACE_SINGLESTEP);
        match self.wait() {
            Some(libc::SIGTRAP) => At::Within,
            Some(libc::SIGSTOP) => At::Over,
            other => panic!("the traced child stopped by {other:?}"),
        }
    }

    /// From within its operation to the end of it.
    pub(crate) fn finish(self) {
        self.resume(libc::PTRACE_CONT);
        assert_eq!(self.wait(), Some(libc::SIGSTOP), "the operation comes to its end");
        self.kill();
    }

    /// Kills it where it stands.
    pub(crate) fn kill(self) {
        self.0.kill();
        let status = self.0.reap();
        assert_eq!(libc::WTERMSIG(status), libc::SIGKILL);
    }

    fn resume(&self, how: libc::c_uint) {
        // SAFETY: a stopped child that we trace; no signal is passed on and there are no pointers.
        let result = unsafe { libc::ptrace(how, self.0.pid() as libc::pid_t, 0, 0) };
        assert_eq!(result, 0, "ptrace: {}", std::io::Error::last_os_error());
    }

    /// The signal that it stopped by; `None` if it ended.
    fn wait(&self) -> Option<i32> {
        let mut status = 0;
        // SAFETY: a child of ours and a live out-parameter.
        let pid = unsafe { libc::waitpid(self.0.pid() as libc::pid_t, &mut status, 0) };
        assert_eq!(pid, self.0.pid() as libc::pid_t, "waitpid: {}", std::io::Error::last_os_error());
        libc::WIFSTOPPED(status).then(|| libc::WSTOPSIG(status))
    }
}

fn stop() {
    // SAFETY: stops this process until its tracer lets it go on.
    unsafe { libc::raise(libc::SIGSTOP) };
}

/// A segment's file, mapped once more: what a process that is killed now leaves to the others.
pub(crate) struct Memory {
    words: &'static [AtomicU64],
    last: Vec<u64>,
}

impl Memory {
    /// The mapping is never taken back: a role's process ends soon.
    pub(crate) fn of(path: &Path) -> Self {
        use rustix::mm::{MapFlags, ProtFlags, mmap};
        let file = std::fs::File::open(path).expect("the segment's file");
        let bytes = file.metadata().expect("its size").len() as usize;
        // SAFETY: a fresh mapping at an address that the kernel chooses.
        let start = unsafe { mmap(std::ptr::null_mut(), bytes, ProtFlags::READ, MapFlags::SHARED, &file, 0) };
        let start = start.expect("a mapping").cast::<AtomicU64>();
        // SAFETY: aligned, as long as the file, which nobody shortens, and only read.
        let words = unsafe { std::slice::from_raw_parts(start, bytes / 8) };
        let mut memory = Self { words, last: Vec::new() };
        memory.last = memory.now();
        memory
    }

    fn now(&self) -> Vec<u64> {
        self.words.iter().map(|word| word.load(Ordering::Relaxed)).collect()
    }

    /// Whether anything is other than it was when asked last.
    pub(crate) fn changed(&mut self) -> bool {
        let changed =
            self.words.iter().zip(&self.last).any(|(word, &last)| word.load(Ordering::Relaxed) != last);
        if changed {
            self.last = self.now();
        }
        changed
    }

    /// What it was then, as a file's bytes.
    pub(crate) fn image(&self) -> Vec<u8> {
        self.last.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }
}
