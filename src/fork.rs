//! What happens to this process when it forks: a number that the child's side raises, and descriptors that it closes.

use std::sync::atomic::{AtomicU32, Ordering};

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// A number that is another one in a forked child than in its parent.
pub(crate) fn generation() -> u32 {
    #[cfg(unix)]
    watch();
    // ORDERING: Relaxed; it is written while the child has one thread.
    GENERATION.load(Ordering::Relaxed)
}

#[cfg(unix)]
fn watch() {
    static WATCHED: std::sync::Once = std::sync::Once::new();
    WATCHED.call_once(|| {
        // SAFETY: the handler only writes atomics and closes descriptors, which is async-signal-safe, and it stays mapped
        // (nodelete). If there is no room for it, children share their parent's numbers and locks: a child then counts
        // on its parent's stripes, and a parent that ended is counted as there while its child lives.
        unsafe { libc::pthread_atfork(None, None, Some(forked)) };
    });
}

#[cfg(unix)]
extern "C" fn forked() {
    // ORDERING: Relaxed; see above.
    GENERATION.fetch_add(1, Ordering::Relaxed);
    #[cfg(target_os = "linux")]
    descriptors::close_all();
}

#[cfg(target_os = "linux")]
pub(crate) use descriptors::{Descriptor, close_in_child};

#[cfg(target_os = "linux")]
mod descriptors {
    use std::os::fd::RawFd;
    use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

    /// A descriptor that a child closes, with the file it was opened for. A table and not a list: a fork handler must
    /// neither lock nor allocate.
    struct Entry {
        descriptor: AtomicI32,
        device: AtomicU64,
        inode: AtomicU64,
    }

    const FREE: i32 = -1;
    /// Taken, and just being written.
    const TAKEN: i32 = -2;

    static TABLE: [Entry; 64] = [const {
        Entry { descriptor: AtomicI32::new(FREE), device: AtomicU64::new(0), inode: AtomicU64::new(0) }
    }; 64];

    /// A place in the table.
    pub(crate) struct Descriptor(usize);

    /// Has every child close this descriptor; `None`, and it is closed at once, if the table is full.
    pub(crate) fn close_in_child(descriptor: RawFd, (device, inode): (u64, u64)) -> Option<Descriptor> {
        let take = |entry: &Entry| {
            // ORDERING: Acquire; pairs with the Release by which its last owner left it.
            entry.descriptor.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
        };
        let Some(place) = TABLE.iter().position(take) else {
            // SAFETY: the caller gave us the descriptor, and nobody else has it.
            unsafe { libc::close(descriptor) };
            return None;
        };
        // ORDERING: Relaxed, then Release, which publishes them to the handler.
        TABLE[place].device.store(device, Ordering::Relaxed);
        TABLE[place].inode.store(inode, Ordering::Relaxed);
        TABLE[place].descriptor.store(descriptor, Ordering::Release);
        Some(Descriptor(place))
    }

    impl Descriptor {
        /// Whether its file has a name; `None` if it is closed, or leads to another file by now.
        pub(crate) fn has_name(&self) -> Option<bool> {
            // ORDERING: Acquire; pairs with the Release that published the entry.
            let descriptor = TABLE[self.0].descriptor.load(Ordering::Acquire);
            TABLE[self.0].stat(descriptor).map(|stat| stat.st_nlink > 0)
        }

        /// Closes it, unless a child's side of `fork` did.
        pub(crate) fn close(&self) {
            TABLE[self.0].close();
            // ORDERING: Release; pairs with the Acquire of the next owner.
            TABLE[self.0].descriptor.store(FREE, Ordering::Release);
        }
    }

    impl Entry {
        /// Closes the descriptor and keeps the place. A number that now leads to another file is left alone: a program
        /// that closes all descriptors gave it away.
        fn close(&self) {
            // ORDERING: Acquire; pairs with the Release that published the entry.
            let descriptor = self.descriptor.swap(TAKEN, Ordering::Acquire);
            if self.stat(descriptor).is_some() {
                // SAFETY: takes any number, and is async-signal-safe; this one is ours.
                unsafe { libc::close(descriptor) };
            }
        }

        /// What the file is that the descriptor was opened for, if it still leads there.
        fn stat(&self, descriptor: RawFd) -> Option<libc::stat> {
            // ORDERING: Relaxed; acquired with the descriptor.
            let file = (self.device.load(Ordering::Relaxed), self.inode.load(Ordering::Relaxed));
            // SAFETY: a plain struct of integers; fstat takes any number and is async-signal-safe.
            let (stat, status) = unsafe {
                let mut stat: libc::stat = std::mem::zeroed();
                let status = libc::fstat(descriptor, &mut stat);
                (stat, status)
            };
            (status == 0 && (stat.st_dev, stat.st_ino) == file).then_some(stat)
        }
    }

    /// In a forked child: closes them all. Their owners' handles are copies that find the place taken.
    pub(super) fn close_all() {
        for entry in &TABLE {
            // ORDERING: Relaxed; the child has one thread.
            if entry.descriptor.load(Ordering::Relaxed) >= 0 {
                entry.close();
            }
        }
    }
}
