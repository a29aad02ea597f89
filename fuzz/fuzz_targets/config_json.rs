//! Texts as configurations: an error that says something, or a configuration that is valid, survives its own JSON form,
//! is the same through the C ABI, and runs a breaker.
#![no_main]

use holysheep_cb::{Breaker, Config, ErrorKind, Segment, ffi};
use libfuzzer_sys::fuzz_target;
use std::ffi::CString;

fn c_status(text: &str) -> Option<i32> {
    let text = CString::new(text).ok()?;
    // SAFETY: a C struct of integers and doubles, for which all zeros is a value: the first published size.
    let mut out: ffi::hscb_config = unsafe { std::mem::zeroed() };
    // SAFETY: a NUL-terminated text and a live struct of the first published size.
    Some(unsafe { ffi::hscb_config_from_json(text.as_ptr(), &mut out) })
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Config::from_json(text) {
        Ok(config) => {
            config.validate().expect("what was read is valid");
            assert_eq!(Config::from_json(&config.to_json()).as_ref(), Ok(&config), "{}", config.to_json());
            assert!(c_status(text).is_none_or(|status| status == ffi::HSCB_OK));
            let breaker = Breaker::builder().segment(&Segment::private()).config(config).open("fuzz");
            let breaker = breaker.expect("a valid configuration opens");
            assert_eq!(breaker.config(), config);
            for i in 0..8 {
                let Ok(permit) = breaker.admit() else { break };
                if i % 2 == 0 { permit.failure() } else { permit.success() }
            }
            let _ = (breaker.snapshot(), breaker.retry_after());
        }
        Err(error) => {
            assert!(
                matches!(error.kind(), ErrorKind::Json | ErrorKind::Config) && !error.to_string().is_empty()
            );
            assert!(c_status(text).is_none_or(|status| status == error.kind() as i32), "{error}");
        }
    }
});
