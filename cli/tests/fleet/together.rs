//! Stories that run at once, for each waits most of the time, for hosts and a server of its own.

use std::thread;

/// Runs them all; those that fail are told of by name.
pub(crate) fn together(stories: &[(&str, fn())]) {
    thread::scope(|scope| {
        for &(name, story) in stories {
            let thread = thread::Builder::new().name(name.to_owned());
            thread.spawn_scoped(scope, story).expect("a thread");
        }
    });
}
