//! The rules of DESIGN sections 2 and 3 as a table of states: at least one test for each sentence, named by
//! its rule, with its timeline above it. Each runs over a private and over a shared segment.
//!
//! How to read a timeline: time runs to the right, one mark per event; `S` a success, `F` a failure, `I` an
//! ignored call, `T` a throttled one, `a` an admission, `x` a rejection, `L` a late outcome, `|` an edge.
//! Below it stands the mode: `C` closed, `O` open, `H` half-open.

/// Makes a `private` and a `shared` test of every function listed.
macro_rules! both {
    ($($name:ident)*) => {$(
        mod $name {
            use crate::support::{Host, Kind};

            #[test]
            fn private() {
                super::$name(&Host::open(Kind::Private));
            }

            #[test]
            fn shared() {
                super::$name(&Host::open(Kind::Shared));
            }
        }
    )*};
}

mod complaints;
mod config;
mod config_json;
mod s01_modes;
mod s02_generation;
mod s03_permits;
mod s04_outcomes;
mod s05_closed;
mod s06_windows;
mod s07_open;
mod s08_half_open;
mod s08_limits;
mod s09_throttled;
mod s10_operator;
mod s11_reconfiguration;
mod s12_time;
mod s13_totals;
mod s14_events;
mod s15_concurrency;
#[path = "../support/mod.rs"]
mod support;
mod timeline;
