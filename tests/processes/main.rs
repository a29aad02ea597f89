//! Many processes on one segment: killed at random instructions, forked, of different users, in different namespaces,
//! with the file gone or the disk full (DESIGN 6). Each test runs in a child process of its own, which is this binary
//! again in a role: a hang is then a deadline and a crash a signal, both with a name.
//!
//! `HSCB_SOAK=1` runs the kills about ten times as long (`make soak`). A test that the machine does not allow (no root,
//! no namespaces) says so and passes, but not where the variable `CI` is set.
#![cfg(target_os = "linux")]

#[cfg(target_arch = "x86_64")]
mod acts;
mod beside;
#[cfg(target_arch = "x86_64")]
mod beside_step;
mod birth;
mod child;
mod collide;
mod fork;
mod gone;
mod kit;
mod lease;
mod presence;
mod space;
#[cfg(target_arch = "x86_64")]
mod step;
#[cfg(target_arch = "x86_64")]
mod stop;
mod storm;
mod time;
#[cfg(target_arch = "x86_64")]
mod trace;
mod users;
mod wake;
mod worker;

/// The way into a child: does nothing unless a role is asked for.
#[test]
fn child_entry() {
    child::enter(&[
        ("beside-fork", beside::fork_role),
        ("beside-gone", beside::gone_role),
        ("beside-kills", beside::kills_role),
        ("beside-limit", beside::limit_role),
        ("birth", birth::role),
        ("collide", collide::role),
        ("fork", fork::role),
        ("fork-busy", fork::busy_role),
        ("gone", gone::role),
        ("lease", lease::role),
        ("no-space", space::role),
        ("presence", presence::role),
        ("presence-closed", presence::closed_role),
        ("storm", storm::role),
        ("time", time::role),
        ("users", users::role),
        ("wake", wake::role),
        #[cfg(target_arch = "x86_64")]
        ("beside-step", beside_step::role),
        #[cfg(target_arch = "x86_64")]
        ("step", step::role),
        #[cfg(target_arch = "x86_64")]
        ("stop", stop::role),
    ]);
}
