//! The core's errors as JavaScript's: the core's own message, and a `code` with the name of the C ABI's status.

use holysheep_cb::ErrorKind;

/// What a method of a class returns.
pub(crate) type Result<T> = napi::Result<T, Code>;

/// The `code` of a JavaScript error.
pub struct Code(&'static str);

impl AsRef<str> for Code {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl From<napi::Status> for Code {
    fn from(_: napi::Status) -> Self {
        Self("HSCB_ERR_ARGUMENT")
    }
}

/// An error of the core.
pub(crate) fn from_core(error: holysheep_cb::Error) -> napi::Error<Code> {
    napi::Error::new(code(error.kind()), error.to_string())
}

/// An error of Node-API itself.
pub(crate) fn from_napi(error: napi::Error) -> napi::Error<Code> {
    napi::Error::new(Code("HSCB_ERR_IO"), error.reason.clone())
}

/// The system has no thread for a call.
pub(crate) fn from_io(error: std::io::Error) -> napi::Error<Code> {
    napi::Error::new(Code("HSCB_ERR_IO"), format!("no thread to wait for calls: {error}"))
}

fn code(kind: ErrorKind) -> Code {
    Code(match kind {
        ErrorKind::Null => "HSCB_ERR_NULL",
        ErrorKind::StructSize => "HSCB_ERR_STRUCT_SIZE",
        ErrorKind::Utf8 => "HSCB_ERR_UTF8",
        ErrorKind::Name => "HSCB_ERR_NAME",
        ErrorKind::Config => "HSCB_ERR_CONFIG",
        ErrorKind::Json => "HSCB_ERR_JSON",
        ErrorKind::Argument => "HSCB_ERR_ARGUMENT",
        ErrorKind::Mode => "HSCB_ERR_MODE",
        ErrorKind::NotFound => "HSCB_ERR_NOT_FOUND",
        ErrorKind::NotReady => "HSCB_ERR_NOT_READY",
        ErrorKind::Layout => "HSCB_ERR_LAYOUT",
        ErrorKind::Truncated => "HSCB_ERR_TRUNCATED",
        ErrorKind::Permission => "HSCB_ERR_PERMISSION",
        ErrorKind::NoSpace => "HSCB_ERR_NO_SPACE",
        ErrorKind::Full => "HSCB_ERR_FULL",
        ErrorKind::Io => "HSCB_ERR_IO",
        ErrorKind::Unsupported => "HSCB_ERR_UNSUPPORTED",
        ErrorKind::ReadOnly => "HSCB_ERR_READ_ONLY",
        _ => "HSCB_ERR_PANIC",
    })
}
