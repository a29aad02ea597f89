//! A value that is read on every call and replaced rarely: a chain that only grows. A reader loads one pointer and never
//! waits, not even in a child that was forked at a bad moment; what it read stays valid as long as the chain.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Values, of which the newest is read.
pub(crate) struct Chain<T> {
    newest: AtomicPtr<Link<T>>,
}

struct Link<T> {
    value: T,
    older: *mut Link<T>,
}

// SAFETY: a chain owns its values, hands out shared references only, and lets them go only when it is dropped.
unsafe impl<T: Send + Sync> Send for Chain<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Chain<T> {}

impl<T> Chain<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { newest: AtomicPtr::new(Box::into_raw(Box::new(Link { value, older: ptr::null_mut() }))) }
    }

    /// The newest value.
    #[inline(always)]
    pub(crate) fn newest(&self) -> &T {
        // ORDERING: Acquire; pairs with the Release in `push`, which publishes the value.
        let link = self.newest.load(Ordering::Acquire);
        // SAFETY: never null, made by `Box`, and freed only when the chain is dropped.
        unsafe { &(*link).value }
    }

    /// Puts a value before all others.
    pub(crate) fn push(&self, value: T) {
        let link = Box::into_raw(Box::new(Link { value, older: ptr::null_mut() }));
        // ORDERING: Relaxed; the CAS below checks it.
        let mut older = self.newest.load(Ordering::Relaxed);
        loop {
            // SAFETY: ours alone until the CAS succeeds.
            unsafe { (*link).older = older };
            // ORDERING: Release; pairs with the Acquire in `newest`.
            match self.newest.compare_exchange_weak(older, link, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(seen) => older = seen,
            }
        }
    }
}

impl<T> Drop for Chain<T> {
    fn drop(&mut self) {
        let mut link = *self.newest.get_mut();
        while !link.is_null() {
            // SAFETY: made by `Box`, and nobody can read the chain any more.
            link = unsafe { Box::from_raw(link) }.older;
        }
    }
}

/// A lock that is only ever tried, and that a forked child may take over from a thread that the child does not have.
pub(crate) struct TryLock(AtomicU32);

impl TryLock {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Runs `body`, unless another thread of this process is in one.
    pub(crate) fn run<T>(&self, body: impl FnOnce() -> T) -> Option<T> {
        struct Unlock<'a>(&'a AtomicU32);
        impl Drop for Unlock<'_> {
            fn drop(&mut self) {
                // ORDERING: Release; pairs with the Acquire of the next holder.
                self.0.store(0, Ordering::Release);
            }
        }
        let us = crate::fork::generation().wrapping_add(1).max(1);
        // ORDERING: Relaxed; the CAS below checks it.
        let holder = self.0.load(Ordering::Relaxed);
        // ORDERING: Acquire; pairs with the Release above.
        if holder == us || self.0.compare_exchange(holder, us, Ordering::Acquire, Ordering::Relaxed).is_err()
        {
            return None;
        }
        let _unlock = Unlock(&self.0);
        Some(body())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_values_stay_readable_and_all_are_dropped() {
        let value = std::sync::Arc::new(());
        let chain = Chain::new(value.clone());
        let first: *const _ = chain.newest();
        chain.push(value.clone());
        assert!(!ptr::eq(first, chain.newest()));
        // SAFETY: the chain is alive.
        assert_eq!(std::sync::Arc::strong_count(unsafe { &*first }), 3);
        drop(chain);
        assert_eq!(std::sync::Arc::strong_count(&value), 1);
    }

    #[test]
    fn a_lock_is_not_entered_twice_and_is_free_again() {
        let lock = TryLock::new();
        assert_eq!(lock.run(|| lock.run(|| ())), Some(None));
        assert_eq!(lock.run(|| 7), Some(7));
    }
}
