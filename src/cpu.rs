//! Which stripe this thread counts on: the number of its CPU where that is free to read, so that no two CPUs write the
//! same line; elsewhere a number that is dealt once per thread.
//!
//! On Linux the kernel keeps the number up to date in the thread's rseq area (glibc 2.35 and later register one): a
//! plain load, no syscall. A thread that is moved between the load and its count merely shares a line for once.

#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]
mod rseq {
    use std::sync::atomic::{AtomicIsize, Ordering};

    /// Where the rseq area lies from the thread pointer; 0 while nobody has looked it up, and where there is none (0 is
    /// where the thread's own header lies, so no offset of an area).
    static OFFSET: AtomicIsize = AtomicIsize::new(0);
    /// Offset of `cpu_id` in the kernel's `struct rseq`: it is negative while the area is not registered.
    const CPU_ID: isize = 4;

    #[inline(always)]
    pub(super) fn cpu() -> Option<usize> {
        // ORDERING: Relaxed; every thread that looks it up finds the same number.
        let offset = OFFSET.load(Ordering::Relaxed);
        if offset == 0 {
            return None;
        }
        // SAFETY: glibc placed the area of every thread at this offset from its thread pointer, for the thread's life,
        // and only the kernel writes it.
        let id = unsafe { thread_pointer().byte_offset(offset + CPU_ID).cast::<i32>().read_volatile() };
        usize::try_from(id).ok()
    }

    /// Looks for the area, once per process.
    pub(super) fn find() {
        static FOUND: std::sync::Once = std::sync::Once::new();
        FOUND.call_once(|| {
            // SAFETY: the names are C strings; the symbols, where they exist, are glibc's documented `ptrdiff_t` and
            // `unsigned int`, constant after start-up.
            let offset = unsafe {
                let size = libc::dlsym(libc::RTLD_DEFAULT, c"__rseq_size".as_ptr()).cast::<u32>();
                let offset = libc::dlsym(libc::RTLD_DEFAULT, c"__rseq_offset".as_ptr()).cast::<isize>();
                if size.is_null() || offset.is_null() || *size == 0 { 0 } else { *offset }
            };
            // ORDERING: Relaxed; as above.
            OFFSET.store(offset, Ordering::Relaxed);
        });
    }

    #[inline(always)]
    fn thread_pointer() -> *const u8 {
        let pointer: *const u8;
        // SAFETY: reads the thread pointer, which the ABI keeps in fs:0 (x86-64) or tpidr_el0 (aarch64).
        unsafe {
            #[cfg(target_arch = "x86_64")]
            std::arch::asm!("mov {}, fs:0", out(reg) pointer, options(nostack, preserves_flags, readonly, pure));
            #[cfg(target_arch = "aarch64")]
            std::arch::asm!("mrs {}, tpidr_el0", out(reg) pointer, options(nostack, preserves_flags, nomem, pure));
        }
        pointer
    }
}

#[cfg(not(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
)))]
mod rseq {
    #[inline(always)]
    pub(super) fn cpu() -> Option<usize> {
        None
    }

    pub(super) fn find() {}
}

/// A number to choose a stripe by; `deal` is asked for one where the CPU's is not to be had.
#[inline(always)]
pub(crate) fn stripe(deal: impl FnOnce() -> u32) -> usize {
    match rseq::cpu() {
        Some(cpu) => cpu,
        None => dealt(deal),
    }
}

/// Prepares [`stripe`]; whoever opens a breaker calls it.
pub(crate) fn prepare() {
    rseq::find();
}

/// The number that this thread was dealt, and in which process: one that was forked draws again, or every worker of a
/// pre-forked server would count on the stripe of their common parent.
#[cold]
#[inline(never)]
fn dealt(deal: impl FnOnce() -> u32) -> usize {
    use std::cell::Cell;
    thread_local! {
        static DEALT: Cell<Option<(u32, u32)>> = const { Cell::new(None) };
    }
    let process = crate::fork::generation();
    let number = match DEALT.get() {
        Some((of, number)) if of == process => number,
        _ => {
            let number = deal();
            DEALT.set(Some((process, number)));
            number
        }
    };
    number as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_keeps_the_number_it_was_dealt() {
        assert_eq!(dealt(|| 7), 7);
        assert_eq!(dealt(|| 8), 7);
        assert_eq!(std::thread::spawn(|| dealt(|| 9)).join().unwrap(), 9);
    }
}
