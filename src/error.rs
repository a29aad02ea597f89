//! What can go wrong outside the hot path, with one code space for every language.

use std::fmt;

/// The kind of an [`Error`]. The numbers are the C ABI's `hscb_status`; they are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A required pointer is NULL (C ABI only).
    Null = -1,
    /// A `struct_size` that no version of the ABI has (C ABI only).
    StructSize = -2,
    /// A string is not UTF-8 (C ABI only).
    Utf8 = -3,
    /// A segment's or breaker's name is not allowed.
    Name = -4,
    /// A configuration value is out of range, or values contradict each other.
    Config = -5,
    /// A configuration text is not the JSON object that is asked for.
    Json = -6,
    /// An argument is out of its range.
    Argument = -7,
    /// The breaker cannot go there from its present mode.
    Mode = -8,
    /// There is no such segment, and none may be created.
    NotFound = -9,
    /// The segment was not ready within the time limit.
    NotReady = -10,
    /// The file is of another layout, or no segment at all.
    Layout = -11,
    /// The file is shorter than its header says.
    Truncated = -12,
    /// The file or directory is not ours, is writable by everyone, or may not be opened.
    Permission = -13,
    /// The file system is full.
    NoSpace = -14,
    /// Every slot of the segment is taken.
    Full = -15,
    /// The operating system refused for another reason.
    Io = -16,
    /// This platform lacks what is needed.
    Unsupported = -17,
    /// The segment was opened for reading only.
    ReadOnly = -18,
    /// A panic was caught at the border (C ABI only): a defect of this library.
    Panic = -19,
}

/// An error that says what was wrong, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: Box<str>,
}

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Box<str>>) -> Self {
        Self { kind, message: message.into() }
    }

    /// What kind of error this is, to act upon.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
