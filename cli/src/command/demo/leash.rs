//! What ends a child of the demo: the end of its standard input, which the death of the demo closes too.

use std::{io, process, thread};

/// From now on the end of standard input ends this process.
pub(crate) fn hold() {
    thread::spawn(|| {
        // The end of the input and an unreadable input mean the same: nobody wants this process any more.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        process::exit(0);
    });
}
