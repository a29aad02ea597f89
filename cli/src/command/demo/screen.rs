//! Standard output: a terminal whose last lines are redrawn, or a plain stream.

use crate::output::paint::Paint;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// How often a stream is told how it goes.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// What is written to.
#[derive(Debug)]
enum Surface {
    /// A terminal, and how many lines of it are to be redrawn.
    Terminal(usize),
    /// A file or pipe, and when its next line is due.
    Stream(Instant),
    /// Nothing is shown: the result is asked for as JSON.
    Nowhere,
}

/// Standard output.
#[derive(Debug)]
pub(super) struct Screen {
    /// What it is.
    surface: Surface,
    /// Its colours.
    pub(super) paint: Paint,
}

impl Screen {
    /// A quiet one shows nothing.
    pub(super) fn new(quiet: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let surface = match () {
            () if quiet => Surface::Nowhere,
            () if io::stdout().is_terminal() && !dumb => Surface::Terminal(0),
            () => Surface::Stream(Instant::now()),
        };
        Self { surface, paint: Paint::of_stdout() }
    }

    /// Lines that stay.
    pub(super) fn print(&mut self, lines: &[String]) -> Result<(), String> {
        match self.surface {
            Surface::Nowhere => Ok(()),
            _ => write(&(lines.join("\n") + "\n")),
        }
    }

    /// How it goes: `block` takes the place of the block before, `line` is for a stream.
    pub(super) fn show(
        &mut self,
        block: impl FnOnce() -> Vec<String>,
        line: impl FnOnce() -> String,
    ) -> Result<(), String> {
        match &mut self.surface {
            Surface::Terminal(drawn) => {
                let block = block();
                let text = redrawing(*drawn, &block);
                *drawn = block.len();
                write(&text)
            }
            Surface::Stream(due) if Instant::now() >= *due => {
                *due = Instant::now() + LINE_EVERY;
                write(&(line() + "\n"))
            }
            _ => Ok(()),
        }
    }

    /// The last picture of a block, which stays.
    pub(super) fn settle(&mut self, block: &[String]) -> Result<(), String> {
        match &mut self.surface {
            Surface::Terminal(drawn) => write(&redrawing(std::mem::take(drawn), block)),
            _ => self.print(block),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if matches!(self.surface, Surface::Terminal(_)) {
            // Wrap lines and show the cursor again; a terminal that is gone needs neither.
            let _ = write("\x1b[?7h\x1b[?25h");
        }
    }
}

/// `block` in place of the last `drawn` lines: no cursor, no wrapping, and no frame half drawn.
fn redrawing(drawn: usize, block: &[String]) -> String {
    let up = if drawn > 0 { format!("\x1b[{drawn}A") } else { String::new() };
    let lines: String = block.iter().map(|line| format!("\x1b[2K{line}\n")).collect();
    format!("\x1b[?25l\x1b[?7l{up}\r{lines}\x1b[J\x1b[?7h")
}

/// Writes at once.
fn write(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| format!("standard output: {e}"))
}
