//! Names: which are allowed, and the hash that a slot is claimed by.

use crate::error::{Error, ErrorKind, Result};
use crate::journal::{NAME_MAX, mix};
use crate::layout::Kind;

/// A segment's name becomes a file's.
pub(super) fn check_segment(name: &str) -> Result<()> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let plain = (1..=64).contains(&name.len()) && name.bytes().all(allowed) && !matches!(name, "." | "..");
    if plain && !name.ends_with(".lock") {
        return Ok(());
    }
    let message = format!(
        "segment name {name:?} is not allowed: it must be 1 to 64 of A-Z a-z 0-9 . _ - and not end in .lock"
    );
    Err(Error::new(ErrorKind::Name, message))
}

/// A cell's name is what people read.
pub(super) fn check_cell(kind: Kind, name: &str) -> Result<()> {
    if (1..=NAME_MAX).contains(&name.len()) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    let message = format!(
        "{kind} name {name:?} is not allowed: it must be 1 to {NAME_MAX} bytes of UTF-8 without control characters, \
         and is {} bytes",
        name.len()
    );
    Err(Error::new(ErrorKind::Name, message))
}

/// The hash that a slot is claimed by, the same in every version and language; never 0.
pub(crate) fn hash(name: &str) -> u64 {
    let fnv = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    mix(fnv).max(1)
}

/// A hash of its own kind: two names that meet in the first do not in this, unless somebody worked on it.
pub(super) fn second_hash(name: &str) -> u64 {
    name.bytes().fold(name.len() as u64, |hash, byte| mix(hash ^ u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_allowed_and_not() {
        for good in ["a", "svc-1.prod_EU", &"x".repeat(64)] {
            assert!(check_segment(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a b", "ä", "a.lock", &"x".repeat(65)] {
            assert_eq!(check_segment(bad).unwrap_err().kind(), ErrorKind::Name, "{bad}");
        }
        for good in ["a", "host|model", "模型", &"x".repeat(127)] {
            assert!(check_cell(Kind::Breaker, good).is_ok(), "{good}");
        }
        for bad in ["", "a\n", "\u{7f}", &"x".repeat(128)] {
            assert_eq!(check_cell(Kind::Breaker, bad).unwrap_err().kind(), ErrorKind::Name, "{bad}");
        }
    }

    #[test]
    fn the_hash_is_part_of_the_layout() {
        assert_eq!(hash("relay"), 729_455_195_363_955_236);
    }
}
