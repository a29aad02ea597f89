//! The same through the C ABI, with permits and times that nobody gave out.

use crate::file::Random;
use holysheep_cb::ffi;
use std::ffi::CString;

fn checked(status: i32) -> i32 {
    assert_ne!(status, ffi::HSCB_ERR_PANIC, "a panic was caught at the border");
    status
}

/// Opens the segment and a breaker in it, and uses them.
pub(crate) fn all(segment_name: &str, breaker_name: &str, random: &mut Random) {
    let (segment_name, breaker_name) =
        [segment_name, breaker_name].map(|name| CString::new(name).expect("no NUL")).into();
    let (mut segment, mut breaker) = (std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: a NUL-terminated name, options of 20 bytes (struct_size 0), a live out-pointer.
    let status = unsafe {
        let flags = ffi::HSCB_SEGMENT_EXISTING;
        let options =
            ffi::hscb_segment_options { struct_size: 0, capacity: 0, stripes: 0, file_mode: 0, flags };
        checked(ffi::hscb_segment_open(segment_name.as_ptr(), &options, &mut segment))
    };
    if status < 0 {
        return;
    }
    // SAFETY: an open segment, a NUL-terminated name, a live out-pointer.
    let status = unsafe {
        checked(ffi::hscb_breaker_open(segment, breaker_name.as_ptr(), std::ptr::null(), &mut breaker))
    };
    if status >= 0 {
        for _ in 0..8 {
            hot(breaker, random);
        }
    }
    cold(segment, breaker, random);
    // SAFETY: each is open or NULL, and closed once.
    unsafe {
        ffi::hscb_segment_close(segment);
        ffi::hscb_breaker_close(breaker);
    }
}

fn hot(breaker: *const ffi::hscb_breaker, random: &mut Random) {
    let now = random.next() >> random.below(64);
    // SAFETY: an open breaker.
    unsafe {
        let permit = match random.below(3) {
            0 => random.next(),
            _ => ffi::hscb_admit_at(breaker, now),
        };
        ffi::hscb_record_at(breaker, permit, random.below(5) as i32 - 1, now);
        ffi::hscb_record_duration_at(breaker, permit, random.below(3) as i32, random.next(), now);
        ffi::hscb_record_throttled_at(breaker, permit, random.next() >> random.below(64), random.next());
        let _ = ffi::hscb_would_admit_at(breaker, random.next());
        let _ = ffi::hscb_retry_after_ns_at(breaker, random.next());
    }
}

fn cold(segment: *const ffi::hscb_segment, breaker: *const ffi::hscb_breaker, random: &mut Random) {
    // SAFETY: C structs of integers and characters, for which all zeros is a value: the first published size.
    let (mut shown, mut events): (ffi::hscb_snapshot, [ffi::hscb_event; 40]) = unsafe { std::mem::zeroed() };
    let mut cursor = random.next() >> random.below(64);
    // SAFETY: open handles or NULL, live structs of the first published size, as many events as said.
    unsafe {
        checked(ffi::hscb_set_mode_at(breaker, random.below(7) as i32, random.next()));
        checked(ffi::hscb_trip_for_at(breaker, random.next(), random.next()));
        checked(ffi::hscb_breaker_snapshot_at(breaker, &mut shown, random.next()));
        let _ = ffi::hscb_latency_ns(breaker, f64::from_bits(random.next()));
        checked(ffi::hscb_events_wait(segment, cursor, 0));
        for _ in 0..3 {
            let read = checked(ffi::hscb_events_read(segment, &mut cursor, events.as_mut_ptr(), 40));
            assert!(read <= 40);
            if read == 0 {
                break;
            }
        }
    }
}
