//! A directory of shared segments that goes with the bench.

use holysheep_cb::{Segment, SegmentOptions};
use std::fs;
use std::path::PathBuf;

/// Where segments lie while a bench runs.
pub(crate) struct Scratch(PathBuf);

const PREFIX: &str = "holysheep-cb-bench-";

impl Scratch {
    /// A directory in /dev/shm, where segments lie in earnest; elsewhere the one for temporary files. Points the library
    /// at it; so it comes first in `main`, before there are threads. Removes what benches left that were killed.
    pub(crate) fn new() -> Self {
        let shm = PathBuf::from("/dev/shm");
        let parent = if shm.is_dir() { shm } else { std::env::temp_dir() };
        for entry in fs::read_dir(&parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let left_over = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
            if left_over.is_some_and(|pid| !PathBuf::from("/proc").join(pid).exists()) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let path = parent.join(format!("{PREFIX}{}", std::process::id()));
        // SAFETY: no other thread runs yet.
        unsafe { std::env::set_var("HOLYSHEEP_CB_DIR", &path) };
        Self(path)
    }

    /// A shared segment in it.
    pub(crate) fn segment(&self, name: &str, options: SegmentOptions) -> Segment {
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let segment = options.open(&name).unwrap_or_else(|error| panic!("segment {name}: {error}"));
        let path = segment.path().expect("a shared segment has a file");
        assert!(path.starts_with(&self.0), "the segment lies in {}", path.display());
        segment
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
