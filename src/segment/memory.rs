//! Memory that cells are placed in. The only file that allocates raw blocks or maps files.

use crate::layout::Beside;
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Memory that holds atomics only: any thread may use it through shared references, and all-zero bytes are valid.
///
/// # Safety
/// Implementors promise that every field is an atomic integer (or padding that is never read), without pointers.
pub(super) unsafe trait Plain {}

/// A limiter's or a bulkhead's cell.
#[repr(transparent)]
struct Other<T>(T);

// SAFETY: `Beside` promises it.
unsafe impl<T: Beside> Plain for Other<T> {}

/// A zeroed block on the heap.
pub(super) struct Block {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: the block is reached only as `Plain` memory, through shared references.
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Block {
    /// `size` bytes, at least one, on a cache line's border.
    pub(super) fn zeroed(size: usize) -> Self {
        let Ok(layout) = Layout::from_size_align(size.max(1), 64) else {
            handle_alloc_error(Layout::new::<u8>());
        };
        // SAFETY: the layout's size is at least 1.
        let Some(start) = NonNull::new(unsafe { alloc_zeroed(layout) }) else { handle_alloc_error(layout) };
        Self { start, layout }
    }

    pub(super) fn span(&self) -> Span {
        Span { start: self.start, size: self.layout.size() }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated in `zeroed` with this layout; whoever holds a span holds the block too.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

/// A file in memory, shared with every process that maps it.
#[cfg(target_os = "linux")]
pub(super) struct Mapping {
    start: NonNull<u8>,
    size: usize,
}

// SAFETY: the mapping is reached only as `Plain` memory, through shared references.
#[cfg(target_os = "linux")]
unsafe impl Send for Mapping {}
// SAFETY: as above.
#[cfg(target_os = "linux")]
unsafe impl Sync for Mapping {}

#[cfg(target_os = "linux")]
impl Mapping {
    /// Maps the first `size` bytes of `file`, which must be at least that long and never shrink.
    pub(super) fn new(file: impl std::os::fd::AsFd, size: usize, writable: bool) -> rustix::io::Result<Self> {
        use rustix::mm::{MapFlags, ProtFlags, mmap};
        let protection = if writable { ProtFlags::READ | ProtFlags::WRITE } else { ProtFlags::READ };
        // SAFETY: the kernel chooses an address where nothing is mapped.
        let start = unsafe { mmap(std::ptr::null_mut(), size, protection, MapFlags::SHARED, file, 0) }?;
        NonNull::new(start.cast()).map(|start| Self { start, size }).ok_or(rustix::io::Errno::NOMEM)
    }

    pub(super) fn span(&self) -> Span {
        Span { start: self.start, size: self.size }
    }
}

#[cfg(target_os = "linux")]
impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped in `new` with this size; whoever holds a span holds the mapping too. An error would leave it
        // mapped, which harms nobody.
        let _ = unsafe { rustix::mm::munmap(self.start.as_ptr().cast(), self.size) };
    }
}

/// A range of plain memory. It does not keep the memory alive: whoever stores one stores its owner beside it.
#[derive(Clone, Copy)]
pub(super) struct Span {
    start: NonNull<u8>,
    size: usize,
}

impl Span {
    /// `count` objects of type `T` from `offset`, if they lie inside and are aligned.
    pub(super) fn array<T: Plain>(&self, offset: usize, count: usize) -> Option<NonNull<T>> {
        let end = offset.checked_add(count.checked_mul(size_of::<T>())?)?;
        let aligned = (self.start.as_ptr() as usize).checked_add(offset)? % align_of::<T>() == 0;
        if end > self.size || !aligned {
            return None;
        }
        // SAFETY: `offset` lies inside the span.
        Some(unsafe { self.start.add(offset) }.cast())
    }

    /// A cell of what stands beside a breaker, likewise.
    pub(super) fn beside<T: Beside>(&self, offset: usize) -> Option<NonNull<T>> {
        self.array::<Other<T>>(offset, 1).map(NonNull::cast)
    }
}
