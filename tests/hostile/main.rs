//! Bytes that no process of ours wrote (DESIGN 5, 6): whatever lies in a segment's file, opening it and using it gives an
//! error or a working handle, in bounded time; never a crash, a hang, a panic or an access out of bounds.
//!
//! Each test runs in a child process, which is this binary again in a role. `HSCB_SOAK=1` tries about ten times as many
//! images (`make soak`).
#![cfg(target_os = "linux")]

mod attach;
#[path = "../processes/child.rs"]
#[allow(dead_code, reason = "shared with the tests of processes")]
mod child;
mod file;
mod image;
mod images;
mod operate;
mod operate_c;
mod scribble;
mod things;

/// The way into a child: does nothing unless a role is asked for.
#[test]
fn child_entry() {
    child::enter(&[
        ("attach", attach::role),
        ("images", images::role),
        ("scribble", scribble::role),
        ("things", things::role),
    ]);
}
