//! `hscb demo`: why a host's processes should share one breaker, in half a minute.
//!
//! Eight worker processes in four languages call a mock relay that stops answering in the middle: first each
//! with a breaker of its own, then all with one breaker in a shared segment. Every figure shown is measured.
//!
//! Each file imports only from what stands before it here:
//!
//! | file | what it holds |
//! |---|---|
//! | `plan`, `interrupt`, `leash` | what is played, Ctrl-C, how children end; colours and units are in `output` |
//! | `abi`, `fact` | the library as the demo uses it; what a worker says |
//! | `tools`, `home`, `relay`, `crew`, `rust_worker` | found, made, started: files, a directory, processes |
//! | `strip`, `ledger`, `story`, `measure` | seen: time lines, rows, the killed probe, the figures |
//! | `picture`, `table`, `report` | shown: a run while it runs, the comparison, words and JSON |
//! | `board` | the agent and its dashboard |
//! | `screen`, `stage`, `play` | the terminal, one run, both runs |

mod abi;
mod board;
mod crew;
mod fact;
mod home;
mod interrupt;
mod leash;
mod ledger;
mod measure;
mod picture;
mod plan;
mod play;
mod relay;
mod report;
mod rust_worker;
mod screen;
mod stage;
mod story;
mod strip;
mod table;
mod tools;

pub(crate) use leash::hold as leash;
pub(crate) use play::run;
pub(crate) use rust_worker::run as run_worker;
