//! What a breaker takes in a segment's file. Nothing is timed.

use super::scratch::Scratch;
use holysheep_cb::{Segment, SegmentOptions};
use std::fs::File;
use std::io::Read as _;

/// Bytes per breaker.
pub(crate) struct Space {
    /// All that one more breaker adds to the file: cell, stripes, name, and its share of the table.
    pub(crate) whole: u64,
    /// Cell and stripes, as the file's own header has it.
    pub(crate) cell: u64,
}

/// Measures the growth of the file between two capacities.
pub(crate) fn per_breaker(scratch: &Scratch, stripes: u32) -> Space {
    const FEW: u32 = 1024;
    const MANY: u32 = 4096;
    let open = |name: &str, capacity| {
        let options = SegmentOptions::new().capacity(capacity).stripes(stripes);
        scratch.segment(&format!("space-{name}-{stripes}"), options)
    };
    let (few, many) = (open("few", FEW), open("many", MANY));
    let growth = bytes(&many) - bytes(&few);
    assert_eq!(growth % u64::from(MANY - FEW), 0, "the file does not grow evenly");
    Space { whole: growth / u64::from(MANY - FEW), cell: cell_bytes(&few) }
}

fn bytes(segment: &Segment) -> u64 {
    file(segment).metadata().expect("it was just opened").len()
}

/// The header's word for it: magic 8, layout 4, bytes of a cell 4 (docs/SEGMENT.md).
fn cell_bytes(segment: &Segment) -> u64 {
    let mut header = [0; 16];
    file(segment).read_exact(&mut header).expect("a segment has a header");
    u32::from_ne_bytes([header[12], header[13], header[14], header[15]]).into()
}

fn file(segment: &Segment) -> File {
    File::open(segment.path().expect("a shared segment has a file")).expect("it is ours")
}
