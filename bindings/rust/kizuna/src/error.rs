use std::fmt;

use kizuna_sys as sys;

use crate::text;

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)] // the names say it
pub enum ErrorKind {
    InvalidArgument,
    NotFound,
    AlreadyExists,
    Io,
    Corrupt,
    Unsupported,
    LimitExceeded,
    OutOfMemory,
    DeviceUnavailable,
    EngineFailed,
    BadNetwork,
    Cancelled,
    /// A job's time limit or deadline passed.
    TimedOut,
    Internal,
}

impl ErrorKind {
    fn of(status: sys::kizuna_status) -> Self {
        match status {
            sys::KIZUNA_INVALID_ARGUMENT => Self::InvalidArgument,
            sys::KIZUNA_NOT_FOUND => Self::NotFound,
            sys::KIZUNA_ALREADY_EXISTS => Self::AlreadyExists,
            sys::KIZUNA_IO => Self::Io,
            sys::KIZUNA_CORRUPT => Self::Corrupt,
            sys::KIZUNA_UNSUPPORTED => Self::Unsupported,
            sys::KIZUNA_LIMIT_EXCEEDED => Self::LimitExceeded,
            sys::KIZUNA_OUT_OF_MEMORY => Self::OutOfMemory,
            sys::KIZUNA_DEVICE_UNAVAILABLE => Self::DeviceUnavailable,
            sys::KIZUNA_ENGINE_FAILED => Self::EngineFailed,
            sys::KIZUNA_BAD_NETWORK => Self::BadNetwork,
            sys::KIZUNA_CANCELLED => Self::Cancelled,
            _ => Self::Internal,
        }
    }
}

/// A kind for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// What functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(crate) fn of_status(status: sys::kizuna_status, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::of(status), message)
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What is wrong, where, and what to do.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<Error> for String {
    fn from(error: Error) -> Self {
        error.message
    }
}

/// To be called at once, on the thread that called the library: it keeps the last message of each thread.
pub(crate) fn check(status: sys::kizuna_status) -> Result<()> {
    if status == sys::KIZUNA_OK {
        return Ok(());
    }
    // SAFETY: the message lives until this thread's next call.
    let message = unsafe { text::borrowed(sys::kizuna_last_error()) };
    Err(Error::of_status(status, message))
}
