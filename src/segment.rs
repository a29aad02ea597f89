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
//! | `list`, `info` | what lies in the directory, without mapping it |
//! | `crew`, `presence` | which processes are there, and what each is known by |
//! | `shared`, `private` | the two kinds |
//! | `place`, `berth` | a breaker's cell, and one of what stands beside it, wherever it lives |
//! | `mooring` | what a handle holds, and how it follows a segment that was lost |
//! | `wake` | waiting across processes |
//! | `handle` | [`Segment`], what users hold |
//! | `reader` | [`EventReader`] |

mod directory;
mod names;

#[cfg(not(loom))]
mod berth;
#[cfg(not(loom))]
mod crew;
#[cfg(all(target_os = "linux", not(loom)))]
mod file;
#[cfg(not(loom))]
mod handle;
#[cfg(not(loom))]
mod info;
#[cfg(all(target_os = "linux", not(loom)))]
mod list;
#[cfg(not(loom))]
mod memory;
#[cfg(not(loom))]
mod mooring;
#[cfg(not(loom))]
mod place;
#[cfg(all(target_os = "linux", not(loom)))]
mod presence;
#[cfg(not(loom))]
mod plan;
#[cfg(not(loom))]
mod private;
#[cfg(not(loom))]
mod reader;
#[cfg(all(target_os = "linux", not(loom)))]
mod shared;
#[cfg(not(any(target_os = "linux", loom)))]
#[path = "segment/shared_nowhere.rs"]
mod shared;
#[cfg(not(loom))]
mod wake;

#[cfg(not(loom))]
pub(crate) use {
    berth::Berth,
    crew::Member,
    mooring::Mooring,
    place::Place,
    wake::{wait_listening, wake_all, wake_one},
};
#[cfg(loom)]
pub(crate) use {
    directory::{Directory, Record, Slot},
    names::hash as name_hash,
};
#[cfg(not(loom))]
pub use {
    handle::{Segment, SegmentOptions},
    info::SegmentInfo,
    reader::EventReader,
};
