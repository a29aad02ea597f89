//! Structs that say their own size, so that either side may be older than the other (DESIGN section 4).

use crate::error::{Error, ErrorKind, Result};

/// No struct of this ABI will ever be longer.
const LONGEST: usize = 4096;

/// A `repr(C)` struct whose first field is its `struct_size`.
///
/// # Safety
/// Implementors are `repr(C)`, begin with a `u32`, have no padding, and are valid for any bytes.
pub(super) unsafe trait Sized32: Copy {
    /// The name in the header.
    const NAME: &'static str;
    /// The size of the first published layout, which a caller's 0 stands for.
    const FIRST: usize;
    /// Whether a struct of so many bytes would end inside of a field.
    fn is_cut(size: usize) -> bool;
}

/// The size that a caller's struct has, from its first field.
///
/// # Safety
/// `at` points to a `u32` at least.
pub(super) unsafe fn size_of_callers<T: Sized32>(at: *const T) -> Result<usize> {
    // SAFETY: by contract; the alignment is not relied on.
    let said = unsafe { at.cast::<u32>().read_unaligned() } as usize;
    let size = if said == 0 { T::FIRST } else { said };
    if !(4..=LONGEST).contains(&size) || size % 4 != 0 || T::is_cut(size) {
        let (name, ours) = (T::NAME, size_of::<T>());
        let message = format!(
            "struct_size of {name} is {said}, but must be sizeof({name}) of the caller's header (here {ours})"
        );
        return Err(Error::new(ErrorKind::StructSize, message));
    }
    Ok(size)
}

/// Writes `value` over a caller's struct: as much of it as it has, zeros in what it has more; its size stays.
///
/// # Safety
/// `to` points to as many writable bytes as its `struct_size` says.
pub(super) unsafe fn write<T: Sized32>(to: *mut T, value: &T) -> Result<()> {
    // SAFETY: by contract.
    let size = unsafe { size_of_callers(to) }?;
    let known = size.min(size_of::<T>());
    // SAFETY: `known` bytes exist on both sides, the rest up to `size` on theirs; they do not overlap. The size field is
    // written last.
    unsafe {
        std::ptr::copy_nonoverlapping(std::ptr::from_ref(value).cast::<u8>(), to.cast::<u8>(), known);
        to.cast::<u8>().add(known).write_bytes(0, size - known);
        to.cast::<u32>().write_unaligned(size as u32);
    }
    Ok(())
}

/// Reads a caller's struct over `defaults`, which stand for what an older caller's lacks.
///
/// # Safety
/// `from` points to as many readable bytes as its `struct_size` says.
pub(super) unsafe fn read<T: Sized32>(from: *const T, defaults: T) -> Result<T> {
    // SAFETY: by contract.
    let size = unsafe { size_of_callers(from) }?;
    let known = size.min(size_of::<T>());
    // SAFETY: `size` bytes are readable, by contract.
    let tail = unsafe { std::slice::from_raw_parts(from.cast::<u8>().add(known), size - known) };
    if tail.iter().any(|&byte| byte != 0) {
        let (name, ours) = (T::NAME, size_of::<T>());
        let message = format!(
            "{name} of {size} bytes has something in what this library does not know (it knows {ours}): it must be zero"
        );
        return Err(Error::new(ErrorKind::StructSize, message));
    }
    let mut value = defaults;
    // SAFETY: `known` bytes exist on both sides, and any bytes are valid.
    unsafe {
        std::ptr::copy_nonoverlapping(from.cast::<u8>(), std::ptr::from_mut(&mut value).cast::<u8>(), known)
    };
    Ok(value)
}
