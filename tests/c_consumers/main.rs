//! C and C++ programs against the built library: plain, linked statically, under the sanitizers and under valgrind, each
//! tool shown to look by a fault that it must find; and what becomes of a panic inside of an export.
//!
//! Needs gcc, g++, binutils and valgrind; a missing one is a failure that says what to install.
#![cfg(all(unix, feature = "ffi", not(loom)))]

mod client;
mod guide;
mod panics;
mod plain;
mod programs;
mod sanitizers;
#[path = "../c/toolbox.rs"]
mod toolbox;
mod valgrind;
