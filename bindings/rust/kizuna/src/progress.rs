//! Closures of the caller, called by C. Nothing unwinds through C: a panic cancels, and its text is kept.

#![allow(clippy::declare_interior_mutable_const)] // clippy 1.63 takes a thread_local for one

use std::any::Any;
use std::cell::Cell;
use std::ffi::c_void;
use std::ops::ControlFlow;
use std::os::raw::c_int;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Mutex;

use crate::error::{Error, ErrorKind};
use crate::jobs::locked;

/// Called after every tile with how many are done and how many there are, on a thread that works. `Break`
/// cancels; a panic is caught, and cancels as well.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) -> ControlFlow<()> + Sync);

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is in a closure that was called from here, and must not wait for jobs to end.
pub(crate) fn inside_callback() -> bool {
    INSIDE.with(Cell::get)
}

/// Calls what is somebody else's: closures, wakers, destructors. If it panics, the text of that is the error.
pub(crate) fn call_outside<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    let before = INSIDE.with(|inside| inside.replace(true));
    let result = catch_unwind(AssertUnwindSafe(call)).map_err(|payload| {
        let text = text_of(payload.as_ref());
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(again); // a payload may panic when it is dropped, and so on
        }
        text
    });
    INSIDE.with(|inside| inside.set(before));
    result
}

/// A closure as C gets it: [`watch`] with a pointer to this.
pub(crate) struct Watcher<Call> {
    call: Call,
    panic: Mutex<Option<String>>,
}

impl<Call: Fn(u64, u64) -> ControlFlow<()> + Sync> Watcher<Call> {
    pub(crate) fn new(call: Call) -> Self {
        Self {
            call,
            panic: Mutex::new(None),
        }
    }

    /// What C calls, with a pointer to a `Watcher<Call>` that is alive.
    pub(crate) unsafe extern "C" fn watch(user: *mut c_void, done: u64, total: u64) -> c_int {
        let watcher = &*(user as *const Self);
        match call_outside(|| (watcher.call)(done, total)) {
            Ok(ControlFlow::Continue(())) => 0,
            Ok(ControlFlow::Break(())) => 1,
            Err(text) => {
                *locked(&watcher.panic) = Some(text);
                1
            }
        }
    }

    /// The error of what was cancelled because the closure panicked names the panic.
    pub(crate) fn explain(&self, error: Error) -> Error {
        match locked(&self.panic).take() {
            Some(text) if error.kind() == ErrorKind::Cancelled => Error::new(
                ErrorKind::Cancelled,
                format!("the progress closure panicked: {text}"),
            ),
            _ => error,
        }
    }
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_string());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "(no text)".into())
}
