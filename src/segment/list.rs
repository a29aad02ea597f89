//! Listing the directory of segments. Nothing is mapped, made or waited for, and what is no segment is listed, too: with
//! what is wrong about it.

use super::file::{
    Folder, UNKNOWN_BOOT, Wanted, boot_id, failed, folder_of_environment, refuse, segment_folder,
};
use super::info::SegmentInfo;
use super::plan::{PREAMBLE_BYTES, Preamble};
use super::{names, presence};
use crate::error::{ErrorKind, Result};
use rustix::fs::{self, AtFlags, Mode, OFlags};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::Duration;

/// The directory that segments of this process lie in, whether it is there or not.
pub(super) fn directory() -> PathBuf {
    segment_folder(folder_of_environment().as_deref()).0
}

/// Every file of the directory, by name; locks of segments are none.
pub(super) fn list() -> Result<Vec<SegmentInfo>> {
    let folder = Folder::open(&Wanted {
        folder: folder_of_environment(),
        capacity: 1,
        stripes: 1,
        mode: 0o600,
        create: false,
        writable: false,
        patience: Duration::ZERO,
    })?;
    let entries = fs::Dir::read_from(&folder.fd).map_err(|error| failed("list", &folder.path, error))?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed("list", &folder.path, error))?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if !matches!(name.as_bytes(), b"." | b"..") && !name.as_bytes().ends_with(b".lock") {
            found.push(folder.examine(name));
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

impl Folder {
    fn examine(&self, name: &OsStr) -> SegmentInfo {
        let mut info = SegmentInfo::new(name.to_string_lossy().into_owned(), self.path.join(name));
        info.problem = self.look(name, &mut info).err();
        info
    }

    /// Fills in what is found, up to the first thing that is wrong.
    fn look(&self, name: &OsStr, info: &mut SegmentInfo) -> Result<()> {
        let path = info.path.clone();
        // Before it is opened: opening a device may do something.
        let stat = fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(|error| failed("look at", &path, error))?;
        info.bytes = u64::try_from(stat.st_size).unwrap_or(0);
        (info.file_mode, info.owner, info.group) = (stat.st_mode & 0o7777, stat.st_uid, stat.st_gid);
        self.check_owner(&stat, &path)?;
        names::check_segment(&info.name)?;
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file =
            fs::openat(&self.fd, name, flags, Mode::empty()).map_err(|error| failed("open", &path, error))?;
        info.processes = presence::count(&file);
        let mut bytes = [0; PREAMBLE_BYTES];
        let read = rustix::io::pread(&file, &mut bytes, 0).map_err(|error| failed("read", &path, error))?;
        if read < PREAMBLE_BYTES {
            let what = format!("has {read} bytes, less than a header");
            return Err(refuse(ErrorKind::Truncated, &path, &what));
        }
        let preamble = Preamble::read(&bytes);
        if let Some((layout, capacity, stripes)) = preamble.says() {
            (info.layout, info.capacity, info.stripes) = (Some(layout), Some(capacity), Some(stripes));
        }
        preamble.plan(info.bytes).map_err(|error| refuse(error.kind(), &path, &error.to_string()))?;
        if !preamble.is_ready() {
            return Err(refuse(ErrorKind::NotReady, &path, "was not made ready by its maker"));
        }
        let boot = boot_id();
        if preamble.boot != boot && preamble.boot != UNKNOWN_BOOT && boot != UNKNOWN_BOOT {
            return Err(refuse(ErrorKind::NotFound, &path, "is of an earlier boot of this machine"));
        }
        Ok(())
    }
}
