//! Keeping the optimiser honest. `std::hint::black_box` writes its value to the stack, and a locked instruction waits
//! until earlier stores have left the store buffer: around an atomic it would measure itself. An empty assembly block
//! forbids the same optimisations at no cost; where there is none to be had, `black_box` serves.

/// A reference of which the compiler no longer knows where it leads, nor what lies there: nothing that is read through
/// it can be kept from one round of a loop to the next.
#[inline(always)]
pub(crate) fn opaque<T>(reference: &T) -> &T {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))]
    {
        let mut pointer: *const T = reference;
        // SAFETY: no instruction, the register keeps its value. Without `nomem`, memory counts as changed.
        unsafe { std::arch::asm!("/* {0} */", inout(reg) pointer, options(nostack, preserves_flags)) };
        // SAFETY: the same pointer, from a reference of the same lifetime.
        unsafe { &*pointer }
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
    std::hint::black_box(reference)
}

/// A use of a value, so that whatever made it must be done.
#[inline(always)]
pub(crate) fn keep(value: u64) {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))]
    // SAFETY: no instruction.
    unsafe {
        std::arch::asm!("/* {0} */", in(reg) value, options(nomem, nostack, preserves_flags));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
    std::hint::black_box(value);
}
