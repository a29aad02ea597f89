//! How this process knows that it was forked: a number that the child's side of `fork` raises.

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
        // SAFETY: the handler only adds to an atomic, which is async-signal-safe, and it stays mapped (nodelete). If
        // there is no room for it, children share their parent's numbers, which costs speed and nothing else.
        unsafe { libc::pthread_atfork(None, None, Some(forked)) };
    });
}

#[cfg(unix)]
extern "C" fn forked() {
    // ORDERING: Relaxed; see above.
    GENERATION.fetch_add(1, Ordering::Relaxed);
}
