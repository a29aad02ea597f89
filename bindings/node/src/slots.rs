//! The breakers of one environment by number, and the scratch memory through which the hot functions and JavaScript
//! exchange their arguments: a few loads and stores instead of a Node-API call for each.
//!
//! Each environment (the main thread, a worker) loads the addon anew and has slots of its own, which only its own thread
//! touches. A breaker keeps its slot until its JavaScript object is closed or collected; JavaScript forgets the number
//! when it closes one, so that a number never stands for another breaker than its user means.

use holysheep_cb::Breaker;
use napi::bindgen_prelude::{Env, JsObjectValue, Object, Unknown};
use napi::{check_status, sys};
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;

/// What JavaScript sees as one `ArrayBuffer`; `ts/hot.ts` has the same offsets.
#[repr(C)]
pub(crate) struct Scratch {
    /// In: the breaker's number. 0 is none.
    pub(crate) handle: Cell<u32>,
    /// In: one of `hot::outcome`.
    pub(crate) outcome: Cell<u32>,
    /// The permit, out of admitting and into recording: two 32-bit integers, as JavaScript has no cheaper form of 64
    /// bits. Also here, for reading two short stores as one long word stalls the processor.
    low: Cell<u32>,
    high: Cell<u32>,
    /// In: what the outcome asks for, in ms. Out, where a call is rejected: ms until one may go, NaN if unknown.
    pub(crate) ms: Cell<f64>,
}

impl Scratch {
    #[inline(always)]
    pub(crate) fn permit(&self) -> u64 {
        u64::from(self.high.get()) << 32 | u64::from(self.low.get())
    }

    #[inline(always)]
    pub(crate) fn set_permit(&self, permit: u64) {
        self.low.set(permit as u32);
        self.high.set((permit >> 32) as u32);
    }
}

/// One environment's breakers.
pub(crate) struct Slots {
    /// Lives in an `ArrayBuffer` that the environment holds until it ends.
    scratch: *const Scratch,
    /// Slot 0 is never filled.
    breakers: RefCell<Vec<Option<Breaker>>>,
    free: RefCell<Vec<u32>>,
}

impl Slots {
    pub(crate) fn scratch(&self) -> &Scratch {
        // SAFETY: the memory is as long and aligned as an ArrayBuffer of this size is, is held by `install` until the
        // environment ends, and is written by this environment's thread alone.
        unsafe { &*self.scratch }
    }

    /// Asks the breaker whose number is in the scratch; `None` if there is none.
    #[inline(always)]
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Breaker) -> T) -> Option<T> {
        let breakers = self.breakers.borrow();
        breakers.get(self.scratch().handle.get() as usize)?.as_ref().map(question)
    }

    /// Gives a breaker a number; 0 if there are too many.
    pub(crate) fn put(&self, breaker: Breaker) -> u32 {
        let mut breakers = self.breakers.borrow_mut();
        if let Some(handle) = self.free.borrow_mut().pop() {
            breakers[handle as usize] = Some(breaker);
            return handle;
        }
        let Ok(handle) = u32::try_from(breakers.len()) else { return 0 };
        breakers.push(Some(breaker));
        handle
    }

    /// Takes a number back.
    pub(crate) fn take(&self, handle: u32) {
        let breaker = self.breakers.borrow_mut().get_mut(handle as usize).and_then(Option::take);
        if breaker.is_some() {
            self.free.borrow_mut().push(handle);
        }
    }
}

/// Makes the slots of an environment, and exports their scratch.
pub(crate) fn install(env: &Env, exports: &mut Object) -> napi::Result<()> {
    let (mut memory, mut buffer, mut held) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: the environment is ours during registration; the reference is never deleted, so the memory stays until the
    // environment ends.
    let buffer = unsafe {
        check_status!(sys::napi_create_arraybuffer(
            env.raw(),
            size_of::<Scratch>(),
            &mut memory,
            &mut buffer
        ))?;
        check_status!(sys::napi_create_reference(env.raw(), buffer, 1, &mut held))?;
        Unknown::from_raw_unchecked(env.raw(), buffer)
    };
    exports.set_named_property("scratch", buffer)?;
    let slots = Slots {
        scratch: memory.cast_const().cast(),
        breakers: RefCell::new(vec![None]),
        free: RefCell::new(Vec::new()),
    };
    let slots = Rc::into_raw(Rc::new(slots)).cast_mut().cast();
    // SAFETY: as above; `release` takes the slots back.
    unsafe { check_status!(sys::napi_set_instance_data(env.raw(), slots, Some(release), ptr::null_mut())) }
}

/// The environment ends.
unsafe extern "C" fn release(_env: sys::napi_env, slots: *mut c_void, _hint: *mut c_void) {
    // SAFETY: from `install`. No function of the environment runs any more; breakers that are not yet collected hold the
    // slots themselves.
    drop(unsafe { Rc::from_raw(slots.cast::<Slots>()) });
}

/// The slots of an environment.
///
/// # Safety
/// `env` is the environment that runs, and `install` was called for it.
#[inline(always)]
pub(crate) unsafe fn borrow<'a>(env: sys::napi_env) -> &'a Slots {
    let mut slots = ptr::null_mut();
    // SAFETY: it cannot fail, and gives what `install` has set, which stays until the environment ends.
    unsafe {
        sys::napi_get_instance_data(env, &mut slots);
        &*slots.cast::<Slots>()
    }
}

/// The same, to be kept.
pub(crate) fn hold(env: &Env) -> Rc<Slots> {
    // SAFETY: registration has installed it, and an `Env` is one that runs. The pointer is an `Rc`'s, so one more is
    // counted before it is made.
    unsafe {
        let slots: *const Slots = borrow(env.raw());
        Rc::increment_strong_count(slots);
        Rc::from_raw(slots)
    }
}
