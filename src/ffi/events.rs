//! `hscb_event`.

use super::guard::fallible;
use super::handle::{borrow, hscb_segment, required};
use super::status::HSCB_OK;
use super::structs::{self, Sized32};
use crate::journal::Event;
use std::ffi::c_char;
use std::time::Duration;

/// The failure rule was met.
pub const HSCB_REASON_FAILURE: u32 = 1;
/// The row rule was met.
pub const HSCB_REASON_ROW: u32 = 2;
/// The slow rule was met.
pub const HSCB_REASON_SLOW: u32 = 3;
/// The server said how long to wait.
pub const HSCB_REASON_THROTTLED: u32 = 4;
/// The opening was over.
pub const HSCB_REASON_DEADLINE: u32 = 5;
/// The probes succeeded.
pub const HSCB_REASON_PROBES_OK: u32 = 6;
/// A probe, or too large a share of them, failed or was slow.
pub const HSCB_REASON_PROBE_FAILED: u32 = 7;
/// It had been half-open for half_open_max_ms.
pub const HSCB_REASON_HALF_OPEN_TIMEOUT: u32 = 8;
/// Every probe was out for longer than its lease.
pub const HSCB_REASON_LEASE: u32 = 9;
/// An operator's command.
pub const HSCB_REASON_OPERATOR: u32 = 10;
/// A handle lost its segment and goes on with a breaker of its own.
pub const HSCB_REASON_DETACHED: u32 = 11;
/// An operator changed the configuration and said why; from and to are the mode that the breaker has.
pub const HSCB_REASON_CONFIGURED: u32 = 12;
/// The breakers of other hosts, or a command to all of them.
pub const HSCB_REASON_REMOTE: u32 = 13;

/// Room for a breaker's name, of at most 127 bytes, and its NUL.
pub const HSCB_NAME_BYTES: usize = 128;
/// Room for an event's note, of at most 127 bytes, and its NUL.
pub const HSCB_NOTE_BYTES: usize = 128;

/// A transition.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct hscb_event {
    /// sizeof(hscb_event) of the caller; 0 = the first published layout. In an array the first one's is the stride.
    pub struct_size: u32,
    /// The process that made it; for display only.
    pub pid: u32,
    /// Its number in the segment, from 1.
    pub sequence: u64,
    /// When it happened, ns of hscb_now_ns.
    pub time_ns: u64,
    /// The mode before.
    pub from: u32,
    /// The mode after.
    pub to: u32,
    /// HSCB_REASON_...
    pub reason: u32,
    /// The breaker's generation after it.
    pub generation: u32,
    /// The breaker's name, NUL-terminated.
    pub breaker: [c_char; HSCB_NAME_BYTES],
    /// Who made it and why, as the operator said, NUL-terminated; empty for what breakers do by themselves. Since 0.3.
    pub note: [c_char; HSCB_NOTE_BYTES],
}

// SAFETY: repr(C), integers only, and no padding: the sum of its fields is its size (asserted below).
unsafe impl Sized32 for hscb_event {
    const NAME: &'static str = "hscb_event";
    const FIRST: usize = 168;
    fn is_cut(size: usize) -> bool {
        // The middles of two numbers, and everything within the name.
        matches!(size, 12 | 20 | 44..168 | 172..296)
    }
}

const _: () = assert!(
    size_of::<hscb_event>() == 6 * 4 + 2 * 8 + HSCB_NAME_BYTES + HSCB_NOTE_BYTES
        && size_of::<hscb_event>() == hscb_event::FIRST + HSCB_NOTE_BYTES
);

impl From<Event> for hscb_event {
    fn from(event: Event) -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            pid: event.pid,
            sequence: event.sequence,
            time_ns: event.time_ns,
            from: event.from as u32,
            to: event.to as u32,
            reason: event.reason as u32,
            generation: event.generation.into(),
            breaker: chars(&event.breaker),
            note: chars(&event.note),
        }
    }
}

/// A text with its NUL; neither names nor notes are longer.
fn chars<const N: usize>(text: &str) -> [c_char; N] {
    let mut chars = [0; N];
    for (to, &from) in chars[..N - 1].iter_mut().zip(text.as_bytes()) {
        *to = from as c_char;
    }
    chars
}

/// Reads up to `cap` events and moves `*cursor` behind them; how many. `*cursor`: 0 = the oldest kept, UINT64_MAX = from
/// now on, else the number of the next one; beyond what there can be (the file was replaced, and counts anew) = the
/// oldest kept. Of those that were overwritten or torn before they were read, the number of the first event returned
/// less the cursor before says how many; such a gap is only ever at the beginning. Set `buf[0].struct_size` before: it is
/// also the stride of the array. Every read, one with `cap` 0 too, turns a cursor of 0 or UINT64_MAX into a number: read
/// so once before the first hscb_events_wait, and nothing is missed in between.
///
/// # Safety
/// `segment` is NULL or open; `cursor` is NULL or points to a number; `buf` is NULL or points to `cap` events as long as
/// its first one's struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_events_read(
    segment: *const hscb_segment,
    cursor: *mut u64,
    buf: *mut hscb_event,
    cap: u32,
) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let segment = unsafe { borrow(segment, "segment") }?;
        required(cursor, "cursor")?;
        required(buf, "buf")?;
        // SAFETY: not NULL, by contract.
        let (start, stride) = unsafe { (cursor.read(), structs::size_of_callers(buf)?) };
        let mut reader = segment.0.events_from(start);
        if cap == 0 {
            let _ = reader.wait(Duration::ZERO);
        }
        let mut count = 0;
        while count < cap.min(i32::MAX as u32) {
            let (next, missed) = (reader.cursor(), reader.missed());
            let Some(event) = reader.next() else { break };
            if count > 0 && reader.missed() != missed {
                // A gap inside of the batch: it begins the next one, where the caller can tell.
                // SAFETY: not NULL, by contract.
                unsafe { cursor.write(next) };
                return Ok(count as i32);
            }
            // SAFETY: the `count`-th of the caller's events, each `stride` bytes long.
            unsafe {
                let to = buf.cast::<u8>().add(count as usize * stride).cast::<hscb_event>();
                to.cast::<u32>().write_unaligned(stride as u32);
                structs::write(to, &event.into())?;
            }
            count += 1;
        }
        // SAFETY: not NULL, by contract.
        unsafe { cursor.write(reader.cursor()) };
        Ok(count as i32)
    })
}

/// Waits until there is an event at or after `cursor` (UINT64_MAX = from now on); 1 = there is, 0 = the time is up.
///
/// # Safety
/// `segment` is NULL or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hscb_events_wait(segment: *const hscb_segment, cursor: u64, timeout_ms: u64) -> i32 {
    fallible(|| {
        // SAFETY: by contract.
        let segment = unsafe { borrow(segment, "segment") }?;
        let mut reader = segment.0.events_from(cursor);
        Ok(if reader.wait(Duration::from_millis(timeout_ms)) { 1 } else { HSCB_OK })
    })
}
