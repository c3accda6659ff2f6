//! Texts and paths on their way to C and back.

use std::borrow::Cow;
use std::ffi::{CStr, CString};
use std::os::raw::c_char;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

pub(crate) fn c_string(text: impl Into<Vec<u8>>, what: &str) -> Result<CString> {
    CString::new(text).map_err(|_| {
        Error::new(
            ErrorKind::InvalidArgument,
            format!("{what} has a zero byte in it"),
        )
    })
}

/// Empty where there is none.
///
/// # Safety
/// `text` is NULL, or a text that lives for `'a`.
pub(crate) unsafe fn borrowed<'a>(text: *const c_char) -> Cow<'a, str> {
    if text.is_null() {
        return Cow::Borrowed("");
    }
    CStr::from_ptr(text).to_string_lossy() // the library writes UTF-8, but repeats paths as they are
}

#[cfg(unix)]
pub(crate) fn c_path(path: &Path, what: &str) -> Result<CString> {
    use std::os::unix::ffi::OsStrExt;
    c_string(path.as_os_str().as_bytes(), what)
}

#[cfg(not(unix))]
pub(crate) fn c_path(path: &Path, what: &str) -> Result<CString> {
    let text = path.to_str().ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidArgument,
            format!("{what} is not Unicode: {}", path.display()),
        )
    })?;
    c_string(text, what)
}

/// # Safety
/// `text` is a text that lives during the call.
#[cfg(unix)]
pub(crate) unsafe fn path_from_c(text: *const c_char) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(CStr::from_ptr(text).to_bytes()))
}

/// # Safety
/// `text` is a text that lives during the call.
#[cfg(not(unix))]
pub(crate) unsafe fn path_from_c(text: *const c_char) -> PathBuf {
    PathBuf::from(CStr::from_ptr(text).to_string_lossy().into_owned())
}
