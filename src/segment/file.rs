//! The file of a shared segment: found, checked, made, replaced (DESIGN section 6). Nobody ever sees half a segment, a
//! kill leaks nothing, nothing waits without a limit, and every refusal says what was found and what would be right.

use super::memory::Mapping;
use super::plan::{HEADER_BYTES, Header, MAGIC, PREAMBLE_BYTES, Plan, Preamble, READY};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{self, LAYOUT};
use rustix::fs::{self, AtFlags, FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(2);
/// How often opening starts again because the file was made, removed or replaced meanwhile.
const TRIES: usize = 16;

/// What opening a segment asks of its file.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The directory, absolute, so that it stays the same wherever the process goes; `None` = this user's own.
    pub(super) folder: Option<PathBuf>,
    pub(super) capacity: u32,
    pub(super) stripes: u32,
    pub(super) mode: u32,
    pub(super) create: bool,
    pub(super) writable: bool,
    /// How long to wait for another process: to finish a header, to leave the lock. None on the way of a call.
    pub(super) patience: Duration,
}

/// The directory that the environment names. Not heeded in a set-user-id program.
pub(super) fn folder_of_environment() -> Option<PathBuf> {
    // SAFETY: reads a constant that the kernel gave the process.
    if unsafe { libc::getauxval(libc::AT_SECURE) } != 0 {
        return None;
    }
    let folder = std::env::var_os("HOLYSHEEP_CB_DIR").filter(|folder| !folder.is_empty())?;
    std::path::absolute(folder).ok()
}

/// A segment's file, open, checked and mapped.
pub(super) struct SegmentFile {
    pub(super) mapping: Mapping,
    pub(super) plan: Plan,
    /// Device and inode. The mapping keeps the inode, so its number is not given to another file; the descriptor is not
    /// kept, for a program that closes all descriptors would make us close somebody else's later.
    identity: (u64, u64),
    path: PathBuf,
}

/// A directory that segments may lie in.
pub(super) struct Folder {
    pub(super) fd: OwnedFd,
    stat: Stat,
    pub(super) path: PathBuf,
}

/// Why a file was not attached.
enum Refusal {
    /// There is none.
    Absent,
    /// It is of an earlier boot of the machine, so its times mean nothing now.
    EarlierBoot,
    Error(Error),
}

impl SegmentFile {
    /// Attaches to the segment's file, or makes it.
    pub(super) fn open(name: &str, wanted: &Wanted) -> Result<Self> {
        let folder = Folder::open(wanted)?;
        let path = folder.path.join(name);
        for _ in 0..TRIES {
            match folder.attach(name, &path, wanted) {
                Ok(file) => return Ok(file),
                Err(Refusal::Error(error)) => return Err(error),
                Err(Refusal::Absent) if wanted.create => folder.create(name, &path, wanted)?,
                Err(Refusal::EarlierBoot) if wanted.create => folder.replace(name, &path, wanted)?,
                Err(Refusal::Absent) => return Err(refuse(ErrorKind::NotFound, &path, "is not there")),
                Err(Refusal::EarlierBoot) => {
                    return Err(refuse(ErrorKind::NotFound, &path, "is of an earlier boot of this machine"));
                }
            }
        }
        Err(refuse(ErrorKind::NotReady, &path, "is removed or replaced again and again"))
    }

    /// The file was removed, or its name leads to another one.
    pub(super) fn is_stale(&self) -> bool {
        match fs::stat(&self.path) {
            Ok(there) => identity(&there) != self.identity,
            Err(error) => matches!(error, Errno::NOENT | Errno::NOTDIR),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Device and inode.
    pub(super) fn identity(&self) -> (u64, u64) {
        self.identity
    }

    /// An open file description of its own, if the name still leads to this file.
    pub(super) fn open_again(&self, writable: bool) -> Option<OwnedFd> {
        let access = if writable { OFlags::RDWR } else { OFlags::RDONLY };
        let flags = access | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = fs::open(&self.path, flags, Mode::empty()).ok()?;
        fs::fstat(&file).is_ok_and(|stat| identity(&stat) == self.identity).then_some(file)
    }
}

impl Folder {
    /// `$HOLYSHEEP_CB_DIR`, or a directory of this user's own, which is made if need be.
    pub(super) fn open(wanted: &Wanted) -> Result<Self> {
        let (path, own) = segment_folder(wanted.folder.as_deref());
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let flags = if own { flags | OFlags::NOFOLLOW } else { flags };
        let open = || fs::open(&path, flags, Mode::empty());
        let fd = match open() {
            Err(Errno::NOENT) if wanted.create => match fs::mkdir(&path, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => open(),
                Err(error) => Err(error),
            },
            other => other,
        };
        let fd = fd.map_err(|error| failed("open the directory", &path, error))?;
        let stat = fs::fstat(&fd).map_err(|error| failed("look at the directory", &path, error))?;
        let us = rustix::process::geteuid().as_raw();
        if own && stat.st_uid != us {
            let what = format!("belongs to user {}, not to us (user {us})", stat.st_uid);
            return Err(refuse(ErrorKind::Permission, &path, &what));
        }
        if stat.st_mode & 0o1002 == 0o002 {
            let what = "is writable by everyone; remove that permission (chmod o-w) or set its sticky bit";
            return Err(refuse(ErrorKind::Permission, &path, what));
        }
        Ok(Self { fd, stat, path })
    }

    /// Opens, checks, maps.
    fn attach(&self, name: &str, path: &Path, wanted: &Wanted) -> std::result::Result<SegmentFile, Refusal> {
        let access = if wanted.writable { OFlags::RDWR } else { OFlags::RDONLY };
        let flags = access | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = match fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Err(Refusal::Absent),
            Err(error) => return Err(failed("open", path, error).into()),
        };
        let stat = fs::fstat(&file).map_err(|error| failed("look at", path, error))?;
        self.check_owner(&stat, path)?;
        let preamble = read_preamble(&file, path, wanted.patience)?;
        let plan = preamble
            .plan(stat.st_size as u64)
            .map_err(|error| refuse(error.kind(), path, &error.to_string()))?;
        let boot = boot_id();
        if preamble.boot != boot && preamble.boot != UNKNOWN_BOOT && boot != UNKNOWN_BOOT {
            return Err(Refusal::EarlierBoot);
        }
        let mapping =
            Mapping::new(&file, plan.bytes, wanted.writable).map_err(|error| failed("map", path, error))?;
        Ok(SegmentFile { mapping, plan, identity: identity(&stat), path: path.to_owned() })
    }

    /// Ours, root's, or that of the directory's owner if its group is one of ours; and never writable by everyone.
    pub(super) fn check_owner(&self, stat: &Stat, path: &Path) -> Result<()> {
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(refuse(ErrorKind::Permission, path, "is not a regular file"));
        }
        if stat.st_mode & 0o002 != 0 {
            return Err(refuse(ErrorKind::Permission, path, "is writable by everyone (chmod o-w)"));
        }
        let us = rustix::process::geteuid().as_raw();
        let in_group = || {
            let groups = rustix::process::getgroups().unwrap_or_default();
            stat.st_gid == rustix::process::getegid().as_raw()
                || groups.iter().any(|g| g.as_raw() == stat.st_gid)
        };
        if stat.st_uid == us || stat.st_uid == 0 || (stat.st_uid == self.stat.st_uid && in_group()) {
            return Ok(());
        }
        let what = format!(
            "belongs to user {}, group {}; accepted are files of ours (user {us}), of root, or of the directory's \
             owner (user {}) with a group of ours",
            stat.st_uid, stat.st_gid, self.stat.st_uid
        );
        Err(refuse(ErrorKind::Permission, path, &what))
    }

    /// Makes a segment, and gives it its name once it is whole.
    fn create(&self, name: &str, path: &Path, wanted: &Wanted) -> Result<()> {
        let file = self.make(path, wanted)?;
        self.name(&file, name, path)
    }

    /// A whole segment in a file without a name, which the kernel frees if we are killed.
    fn make(&self, path: &Path, wanted: &Wanted) -> Result<OwnedFd> {
        let plan = Plan::new(wanted.capacity, wanted.stripes)?;
        let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
        let file = fs::openat(&self.fd, ".", flags, Mode::RUSR | Mode::WUSR)
            .map_err(|error| failed("make a file in", &self.path, error))?;
        fs::fchmod(&file, Mode::from_raw_mode(wanted.mode as rustix::fs::RawMode))
            .map_err(|error| failed("set the permissions of", path, error))?;
        reserve(&file, plan.bytes as u64).map_err(|error| {
            let needed = plan.bytes.div_ceil(1024);
            failed(
                &format!("reserve {needed} KiB (capacity {}, stripes {}) for", plan.capacity, plan.stripes),
                path,
                error,
            )
        })?;
        let mapping = Mapping::new(&file, plan.bytes, true).map_err(|error| failed("map", path, error))?;
        write_header(&mapping, &plan);
        Ok(file)
    }

    /// Gives a file its name. That another process was faster is no error: the caller attaches to its file.
    fn name(&self, file: &OwnedFd, name: &str, path: &Path) -> Result<()> {
        let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
        let linked = match fs::linkat(fs::CWD, unnamed, &self.fd, name, AtFlags::SYMLINK_FOLLOW) {
            // Without /proc; needs a capability, or a recent kernel.
            Err(Errno::NOENT) => fs::linkat(file, "", &self.fd, name, AtFlags::EMPTY_PATH),
            other => other,
        };
        match linked {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(failed("name", path, error)),
        }
    }

    /// Puts a new segment in the place of one of an earlier boot, unless another process did meanwhile; one process at a
    /// time.
    fn replace(&self, name: &str, path: &Path, wanted: &Wanted) -> Result<()> {
        let lock_name = format!("{name}.lock");
        let mode = Mode::from_raw_mode(wanted.mode as rustix::fs::RawMode);
        let flags = OFlags::RDONLY | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let lock = fs::openat(&self.fd, &*lock_name, flags, mode)
            .map_err(|error| failed("open the lock of", path, error))?;
        // Whatever the umask; if the lock is somebody else's, they chose.
        let _ = fs::fchmod(&lock, mode);
        let limit = Instant::now() + wanted.patience;
        while let Err(error) = fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            if error != Errno::AGAIN && error != Errno::INTR {
                return Err(failed("lock", path, error));
            }
            if Instant::now() >= limit {
                return Err(refuse(
                    ErrorKind::NotReady,
                    path,
                    "is being replaced by a process that does not go on",
                ));
            }
            std::thread::sleep(PAUSE);
        }
        // Under the lock, look again: what the name leads to now may be a new file.
        match self.attach(name, path, wanted) {
            Err(Refusal::EarlierBoot) => {
                // Made first, so that the old one is not removed for one that cannot be.
                let new = self.make(path, wanted)?;
                match fs::unlinkat(&self.fd, name, AtFlags::empty()) {
                    Ok(()) | Err(Errno::NOENT) => self.name(&new, name, path),
                    Err(error) => Err(failed("remove the earlier boot's", path, error)),
                }
            }
            Err(Refusal::Error(error)) => Err(error),
            Ok(_) | Err(Refusal::Absent) => Ok(()),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Reads the header's beginning, and waits a moment for a maker that writes into a named file.
fn read_preamble(file: &OwnedFd, path: &Path, patience: Duration) -> Result<Preamble> {
    let limit = Instant::now() + patience;
    loop {
        let mut bytes = [0; PREAMBLE_BYTES];
        let read = rustix::io::pread(file, &mut bytes, 0).map_err(|error| failed("read", path, error))?;
        if read == PREAMBLE_BYTES {
            let preamble = Preamble::read(&bytes);
            // What is no segment of ours will not become one: let the plan say so.
            if preamble.is_ready() || preamble.plan(u64::MAX).is_err() && bytes != [0; PREAMBLE_BYTES] {
                return Ok(preamble);
            }
        }
        if Instant::now() >= limit {
            return Err(match read {
                PREAMBLE_BYTES => {
                    refuse(ErrorKind::NotReady, path, "was not made ready by its maker in time")
                }
                _ => refuse(ErrorKind::Truncated, path, &format!("has {read} bytes, less than a header")),
            });
        }
        std::thread::sleep(PAUSE);
    }
}

/// Takes the memory now: on a full file system this is an error here, where with a sparse file it would be a signal at
/// the first touch.
fn reserve(file: &OwnedFd, bytes: u64) -> rustix::io::Result<()> {
    loop {
        match fs::fallocate(file, fs::FallocateFlags::empty(), 0, bytes) {
            Err(Errno::INTR) => {}
            Err(Errno::OPNOTSUPP) => return fill(file, bytes),
            other => return other,
        }
    }
}

/// The same where the file system cannot reserve: by writing.
fn fill(file: &OwnedFd, bytes: u64) -> rustix::io::Result<()> {
    let zeros = [0; HEADER_BYTES];
    let mut at = 0;
    while at < bytes {
        let n = zeros.len().min((bytes - at) as usize);
        at += rustix::io::pwrite(file, &zeros[..n], at)? as u64;
    }
    Ok(())
}

fn write_header(mapping: &Mapping, plan: &Plan) {
    let header = mapping.span().array::<Header>(0, 1).expect("a segment begins with its header");
    // SAFETY: in bounds and aligned (`array`), plain memory, and the mapping outlives this function.
    let header = unsafe { header.as_ref() };
    // ORDERING: Relaxed; the ready word publishes them.
    header.magic.store(MAGIC, Ordering::Relaxed);
    header.layout.store(LAYOUT, Ordering::Relaxed);
    header.cell_bytes.store(layout::bytes(plan.stripes) as u32, Ordering::Relaxed);
    header.capacity.store(plan.capacity as u32, Ordering::Relaxed);
    header.stripes.store(plan.stripes as u32, Ordering::Relaxed);
    for (word, id) in header.boot.iter().zip(boot_id()) {
        word.store(id, Ordering::Relaxed);
    }
    // ORDERING: Release; pairs with whoever reads the header and finds it ready. Written last.
    header.ready.store(READY, Ordering::Release);
}

/// What [`boot_id`] is where the system does not say: it then tells no boot from another.
pub(super) const UNKNOWN_BOOT: [u64; 2] = [0, 0];

fn identity(stat: &Stat) -> (u64, u64) {
    (stat.st_dev, stat.st_ino)
}

/// Tells this boot of the machine from others.
pub(super) fn boot_id() -> [u64; 2] {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let id = u128::from_str_radix(&digits, 16).unwrap_or(0);
    [(id >> 64) as u64, id as u64]
}

/// The directory that is named, or this user's own; and whether it is the latter.
pub(super) fn segment_folder(named: Option<&Path>) -> (PathBuf, bool) {
    named.map_or_else(|| (default_folder(), true), |folder| (folder.to_owned(), false))
}

fn default_folder() -> PathBuf {
    let name = format!("holysheep-cb-{}", rustix::process::geteuid().as_raw());
    if Path::new("/dev/shm").is_dir() {
        return Path::new("/dev/shm").join(name);
    }
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    runtime.join(name)
}

pub(super) fn refuse(kind: ErrorKind, path: &Path, what: &str) -> Error {
    Error::new(kind, format!("{} {what}", path.display()))
}

pub(super) fn failed(what: &str, path: &Path, error: Errno) -> Error {
    let kind = match error {
        Errno::NOENT => ErrorKind::NotFound,
        Errno::ACCESS | Errno::PERM | Errno::ROFS | Errno::LOOP | Errno::NOTDIR => ErrorKind::Permission,
        Errno::NOSPC | Errno::DQUOT | Errno::NOMEM | Errno::FBIG => ErrorKind::NoSpace,
        _ => ErrorKind::Io,
    };
    Error::new(kind, format!("cannot {what} {}: {}", path.display(), std::io::Error::from(error)))
}
