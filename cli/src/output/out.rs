//! Standard output: written in large pieces, and every failure to write is told.

use super::paint::{Ink, Paint};
use super::text::plain;
use crate::fault::Fault;
use serde::Serialize;
use std::io::{self, BufWriter, StdoutLock, Write as _};

/// Where a verb writes its answer.
pub(crate) struct Out {
    to: BufWriter<StdoutLock<'static>>,
    paint: Paint,
    /// JSON is wanted.
    pub(crate) json: bool,
}

impl Out {
    /// Standard output, in JSON or for people.
    pub(crate) fn new(json: bool) -> Self {
        Self { to: BufWriter::new(io::stdout().lock()), paint: Paint::of_stdout(), json }
    }

    /// `text` in this ink, if there are colours.
    pub(crate) fn dress(&self, ink: Ink, text: &str) -> String {
        self.paint.dress(ink, text)
    }

    /// Colours or none.
    pub(crate) const fn paint(&self) -> Paint {
        self.paint
    }

    /// A line for people.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Fault> {
        writeln!(self.to, "{line}")?;
        Ok(())
    }

    /// Text as it is.
    pub(crate) fn raw(&mut self, text: &[u8]) -> Result<(), Fault> {
        self.to.write_all(text)?;
        Ok(())
    }

    /// A JSON value on one line.
    pub(crate) fn object(&mut self, value: &impl Serialize) -> Result<(), Fault> {
        serde_json::to_writer(&mut self.to, value).map_err(io::Error::from)?;
        self.line("")
    }

    /// Everything so far is written.
    pub(crate) fn flush(&mut self) -> Result<(), Fault> {
        self.to.flush()?;
        Ok(())
    }
}

/// Says something on standard error that does not end the verb.
pub(crate) fn warn(what: &str) {
    // If standard error cannot be written to, the answer is still worth giving.
    let _ = io::stderr().write_all(format!("hscb: {}\n", plain(what)).as_bytes());
}
