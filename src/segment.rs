//! Segments: where cells live. A private one is on this process's heap; a shared one is a file that every process of the
//! host maps (DESIGN section 6).
//!
//! | file | what |
//! |---|---|
//! | `names` | which names are allowed, and their hash |
//! | `memory` | the only place that maps and allocates: `Block`, `Mapping` |
//! | `plan` | what lies where in the file, and the header's words |
//! | `directory` | slots claimed by name, lock-free |
//! | `file` | directory and file on disk: create, attach, refuse, replace |
//! | `shared`, `private` | the two kinds |
//! | `place` | a breaker's cell, wherever it lives |
//! | `wake` | waiting for events across processes |
//! | `handle` | [`Segment`], what users hold |
//! | `reader` | [`EventReader`] |

mod directory;
#[cfg(unix)]
mod file;
mod handle;
mod memory;
mod names;
mod place;
mod plan;
mod private;
mod reader;
#[cfg(unix)]
mod shared;
#[cfg(not(unix))]
#[path = "segment/shared_nowhere.rs"]
mod shared;
mod wake;

pub(crate) use handle::Home;
pub use handle::{Segment, SegmentOptions};
pub(crate) use place::Place;
pub use reader::EventReader;
