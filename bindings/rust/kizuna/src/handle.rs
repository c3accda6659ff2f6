use std::ptr::{null_mut, NonNull};

use kizuna_sys::kizuna_status;

use crate::error::{check, Result};

/// An owned handle of the C interface, given back when it is dropped.
pub(crate) struct Handle<T> {
    raw: NonNull<T>,
    free: unsafe extern "C" fn(*mut T),
}

// SAFETY: the C interface lets every function be called from any thread, also on the same handle at once.
unsafe impl<T> Send for Handle<T> {}
unsafe impl<T> Sync for Handle<T> {}

impl<T> Handle<T> {
    /// `make` puts a handle where it is told to, unless it fails.
    pub(crate) fn make(
        free: unsafe extern "C" fn(*mut T),
        make: impl FnOnce(*mut *mut T) -> kizuna_status,
    ) -> Result<Self> {
        let mut raw = null_mut();
        let status = make(&mut raw);
        // A reply may come along with an error, and is to be given back then, too.
        let handle = NonNull::new(raw).map(|raw| Self { raw, free });
        check(status)?;
        Ok(handle.expect("the library succeeds with a handle"))
    }

    pub(crate) fn as_ptr(&self) -> *mut T {
        self.raw.as_ptr()
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        // SAFETY: it is ours, and nobody has it after this.
        unsafe { (self.free)(self.as_ptr()) }
    }
}
