//! Where the stack lies. A clock read writes its answer to the stack, and if that place and the breaker's counter have the
//! same low twelve bits of address, the CPU takes one for the other and a figure grows by up to a half: by chance, for
//! as long as the process lives. So every round runs at another depth, and the median is of them all.

use super::sink::opaque;
use std::mem::MaybeUninit;

/// Frames of the deepest; more than a page of them.
const DEPTH: usize = 61;

/// Runs `work` at the depth of this round.
pub(crate) fn displaced<R>(round: usize, work: impl FnOnce() -> R) -> R {
    let mut work = Some(work);
    let mut result = None;
    let mut once = || result = work.take().map(|work| work());
    below(round * 23 % DEPTH, round * 23 / DEPTH % 4, &mut once);
    result.expect("it was called")
}

#[inline(never)]
fn below(frames: usize, finer: usize, work: &mut dyn FnMut()) {
    match (frames, finer) {
        (0, 0) => padded::<16>(work),
        (0, 1) => padded::<32>(work),
        (0, 2) => padded::<48>(work),
        (0, _) => padded::<64>(work),
        _ => {
            let room = MaybeUninit::<[u8; 32]>::uninit();
            opaque(&room);
            below(frames - 1, finer, work);
            opaque(&room);
        }
    }
}

#[inline(never)]
fn padded<const BYTES: usize>(work: &mut dyn FnMut()) {
    let room = MaybeUninit::<[u8; BYTES]>::uninit();
    opaque(&room);
    work();
    opaque(&room);
}
