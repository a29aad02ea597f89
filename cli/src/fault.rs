//! Why a verb ends without having done what it should, and the exit code for it.

use holysheep_cb::ErrorKind;
use std::fmt;
use std::io;
use std::process::ExitCode;

/// Why a verb ends early.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Refused, or failed: 1.
    Refused(String),
    /// The arguments are wrong: 2.
    Usage(String),
    /// There is no such breaker or segment: 3.
    NotFound(String),
    /// Whoever read the answer has gone, and wants no more of it: 0.
    Unread,
}

impl Fault {
    /// Says on standard error what is wrong, if anything is; the exit code.
    pub(crate) fn tell(&self) -> ExitCode {
        if !matches!(self, Self::Unread) {
            // Standard error that cannot be written to leaves nobody to tell.
            let _ = io::Write::write_all(&mut io::stderr(), format!("hscb: {self}\n").as_bytes());
        }
        ExitCode::from(self.code())
    }

    const fn code(&self) -> u8 {
        match self {
            Self::Unread => 0,
            Self::Refused(_) => 1,
            Self::Usage(_) => 2,
            Self::NotFound(_) => 3,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(what) | Self::Usage(what) | Self::NotFound(what) => {
                f.write_str(&crate::output::plain(what))
            }
            Self::Unread => f.write_str("nobody reads the answer"),
        }
    }
}

impl From<holysheep_cb::Error> for Fault {
    fn from(error: holysheep_cb::Error) -> Self {
        let message = error.to_string();
        match error.kind() {
            ErrorKind::NotFound => Self::NotFound(message),
            ErrorKind::Name | ErrorKind::Config | ErrorKind::Json | ErrorKind::Argument => {
                Self::Usage(message)
            }
            _ => Self::Refused(message),
        }
    }
}

/// Of writing the answer.
impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Refused(format!("cannot write the answer: {error}")),
        }
    }
}
