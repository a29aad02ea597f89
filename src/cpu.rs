//! Which stripe this thread counts on: the number of its CPU where that is free to read, so that no two CPUs write the
//! same line; elsewhere a number that is dealt once per thread.
//!
//! On Linux the kernel keeps the number up to date in the thread's rseq area (glibc 2.35 and later register one): a
//! plain load, no syscall. A thread that is moved between the load and its count merely shares a line for once.

#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]
mod rseq {
    /// Offset of `cpu_id` in the kernel's `struct rseq`: it is negative while the area is not registered, and then so for
    /// every thread.
    const CPU_ID: isize = 4;

    /// Where a thread finds its CPU's number, from its thread pointer; 0 where there is none (that is where the thread's
    /// own header lies).
    #[derive(Clone, Copy)]
    pub(super) struct Area(isize);

    impl Area {
        /// Looks for it; the same for all threads of the process, for good.
        pub(super) fn find() -> Self {
            // SAFETY: the names are C strings; the symbols, where they exist, are glibc's documented `ptrdiff_t` and
            // `unsigned int`, constant after start-up.
            let offset = unsafe {
                let size = libc::dlsym(libc::RTLD_DEFAULT, c"__rseq_size".as_ptr()).cast::<u32>();
                let offset = libc::dlsym(libc::RTLD_DEFAULT, c"__rseq_offset".as_ptr()).cast::<isize>();
                if size.is_null() || offset.is_null() || *size == 0 { None } else { Some(*offset) }
            };
            Self(offset.map_or(0, |offset| offset + CPU_ID))
        }

        /// The number of the CPU; some number for a thread whose area is not registered.
        #[inline(always)]
        pub(super) fn cpu(self) -> Option<usize> {
            if self.0 == 0 {
                return None;
            }
            let number: u32;
            // SAFETY: glibc placed the area of every thread at this offset from its thread pointer, for the thread's life,
            // and only the kernel writes it. The ABI keeps the thread pointer in fs:0 (x86-64) or tpidr_el0 (aarch64).
            unsafe {
                #[cfg(target_arch = "x86_64")]
                std::arch::asm!("mov {:e}, dword ptr fs:[{}]", out(reg) number, in(reg) self.0,
                    options(nostack, preserves_flags, readonly));
                #[cfg(target_arch = "aarch64")]
                std::arch::asm!("mrs {at}, tpidr_el0", "ldr {number:w}, [{at}, {offset}]", at = out(reg) _,
                    number = out(reg) number, offset = in(reg) self.0, options(nostack, preserves_flags, readonly));
            }
            Some(number as usize)
        }
    }
}

#[cfg(not(all(
    target_os = "linux",
    target_env = "gnu",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
)))]
mod rseq {
    #[derive(Clone, Copy)]
    pub(super) struct Area;

    impl Area {
        pub(super) fn find() -> Self {
            Self
        }

        #[inline(always)]
        pub(super) fn cpu(self) -> Option<usize> {
            None
        }
    }
}

/// Tells a thread which stripe to count on.
#[derive(Clone, Copy)]
pub(crate) struct Cpus(rseq::Area);

impl Cpus {
    /// Looks once per process how the CPU's number is to be had.
    pub(crate) fn find() -> Self {
        static FOUND: std::sync::OnceLock<rseq::Area> = std::sync::OnceLock::new();
        Self(*FOUND.get_or_init(rseq::Area::find))
    }

    /// A number to choose a stripe by; `deal` is asked for one where the CPU's is not to be had.
    #[inline(always)]
    pub(crate) fn number(self, deal: impl FnOnce() -> u32) -> usize {
        match self.0.cpu() {
            Some(cpu) => cpu,
            None => dealt(deal),
        }
    }
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
