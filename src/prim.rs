//! The atomics that everything above is made of: the standard ones, or loom's under `--cfg loom`.
//! Both halves have the same shape, so that the models run the very code that ships.

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering};
#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// An array of atomics that are zero, as fresh shared memory is.
#[cfg(any(test, loom))]
pub(crate) fn zeros<const N: usize>() -> [AtomicU64; N] {
    std::array::from_fn(|_| AtomicU64::new(0))
}
