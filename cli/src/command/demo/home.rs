//! The directory of the demo's segment: made for it, and removed with it.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// A directory in memory that is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Home {
    /// Where it is.
    path: PathBuf,
}

impl Home {
    /// Makes the directory and lets `HOLYSHEEP_CB_DIR` name it, here and in every child. To be called before
    /// this process has a second thread.
    pub(super) fn create() -> Result<Self, String> {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_path_buf() } else { env::temp_dir() };
        let path = parent.join(format!("hscb-demo-{}", process::id()));
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|e| format!("cannot make the directory of the segment, {}: {e}", path.display()))?;
        // SAFETY: the contract above: nobody else reads or writes the environment.
        unsafe { env::set_var("HOLYSHEEP_CB_DIR", &path) };
        Ok(Self { path })
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Err(e) = fs::remove_dir_all(&self.path) {
            eprintln!("hscb demo: cannot remove {}: {e}", self.path.display());
        }
    }
}
