//! What a file in the directory of segments is, as far as it can be told without mapping it.

use crate::error::Error;
use std::path::PathBuf;

/// A file in the directory of segments, found by [`Segment::list`](crate::Segment::list).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentInfo {
    /// Its name; what of it is no UTF-8 is replaced.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Its permissions, such as 0o600.
    pub file_mode: u32,
    /// The user that it belongs to.
    pub owner: u32,
    /// The group that it belongs to.
    pub group: u32,
    /// The layout number in its header, whether this library has that one or not.
    pub layout: Option<u32>,
    /// How many breakers it says it has room for.
    pub capacity: Option<u32>,
    /// How many stripes it says each breaker has.
    pub stripes: Option<u32>,
    /// How many processes have it open for use; `None` where that is not to be known.
    pub processes: Option<usize>,
    /// Why it cannot be opened; `None` if it can.
    pub problem: Option<Error>,
}

#[cfg(target_os = "linux")]
impl SegmentInfo {
    /// One of which nothing is known yet.
    pub(super) fn new(name: String, path: PathBuf) -> Self {
        Self {
            name,
            path,
            bytes: 0,
            file_mode: 0,
            owner: 0,
            group: 0,
            layout: None,
            capacity: None,
            stripes: None,
            processes: None,
            problem: None,
        }
    }
}
