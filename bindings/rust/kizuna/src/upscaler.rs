use std::ffi::c_void;
use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::ptr::null_mut;
use std::slice;

use kizuna_sys as sys;

use crate::error::{check, Result};
use crate::handle::Handle;
use crate::image::{Image, ImageView};
use crate::model::Model;
use crate::options::{Encoding, EngineOptions, UpscaleOptions};
use crate::progress::{Progress, Watcher};
use crate::text;

/// A network, opened on a device. Slow to open: keep it. Any number of threads may use it at the same time,
/// and each gets what it would get alone.
pub struct Upscaler(Handle<sys::kizuna_upscaler>);

impl Upscaler {
    /// The upscaler keeps what it needs of the model.
    pub fn open(model: &Model, options: &EngineOptions) -> Result<Self> {
        let options = options.in_c()?;
        // SAFETY: model and options live until the call returns.
        let handle = Handle::make(sys::kizuna_upscaler_free, |out| unsafe {
            sys::kizuna_upscaler_open(model.as_ptr(), &options.options, out)
        })?;
        Ok(Self(handle))
    }

    /// "cpu", "cuda", …
    pub fn provider(&self) -> String {
        // SAFETY: the text lives as long as the handle.
        unsafe { text::borrowed(sys::kizuna_upscaler_provider(self.0.as_ptr())) }.into_owned()
    }

    /// From file to file. Nothing is left under the output's name if it fails.
    pub fn upscale_file(
        &self,
        input: impl AsRef<Path>,
        output: impl AsRef<Path>,
        options: &UpscaleOptions,
        encoding: &Encoding,
        progress: Option<Progress<'_>>,
    ) -> Result<()> {
        let input = text::c_path(input.as_ref(), "the input's path")?;
        let output = text::c_path(output.as_ref(), "the output's path")?;
        // SAFETY: all that is pointed to lives until the call returns; so in the functions below.
        watched(progress, |call, user| {
            check(unsafe {
                sys::kizuna_upscale_file(
                    self.0.as_ptr(),
                    input.as_ptr(),
                    output.as_ptr(),
                    &options.in_c(),
                    &encoding.in_c(),
                    call,
                    user,
                )
            })
        })
    }

    /// From an encoded picture to an encoded picture.
    pub fn upscale_bytes(
        &self,
        encoded: &[u8],
        options: &UpscaleOptions,
        encoding: &Encoding,
        progress: Option<Progress<'_>>,
    ) -> Result<Bytes> {
        watched(progress, |call, user| {
            Handle::make(sys::kizuna_bytes_free, |out| unsafe {
                sys::kizuna_upscale_bytes(
                    self.0.as_ptr(),
                    encoded.as_ptr().cast(),
                    encoded.len(),
                    &options.in_c(),
                    &encoding.in_c(),
                    call,
                    user,
                    out,
                )
            })
        })
        .map(Bytes::new)
    }

    /// From pixels to pixels of the same kind.
    pub fn upscale_pixels(
        &self,
        pixels: &ImageView<'_>,
        options: &UpscaleOptions,
        progress: Option<Progress<'_>>,
    ) -> Result<Image> {
        let image = watched(progress, |call, user| {
            Handle::make(sys::kizuna_image_free, |out| unsafe {
                sys::kizuna_upscale_pixels(
                    self.0.as_ptr(),
                    &pixels.in_c(),
                    &options.in_c(),
                    call,
                    user,
                    out,
                )
            })
        })?;
        Image::new(image)
    }
}

impl fmt::Debug for Upscaler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upscaler")
            .field("provider", &self.provider())
            .finish_non_exhaustive()
    }
}

/// Calls `run` with a progress callback of C, which does not outlive it.
fn watched<T>(
    progress: Option<Progress<'_>>,
    run: impl FnOnce(sys::kizuna_progress, *mut c_void) -> Result<T>,
) -> Result<T> {
    match progress {
        None => run(None, null_mut()),
        Some(call) => {
            let watcher = Watcher::new(call);
            run(callback_of(&watcher), &watcher as *const _ as *mut c_void)
                .map_err(|error| watcher.explain(error))
        }
    }
}

/// The callback that takes a pointer to this watcher.
pub(crate) fn callback_of<Call>(_: &Watcher<Call>) -> sys::kizuna_progress
where
    Call: Fn(u64, u64) -> std::ops::ControlFlow<()> + Sync,
{
    Some(Watcher::<Call>::watch)
}

/// Bytes that the library made, in its memory.
pub struct Bytes(Handle<sys::kizuna_bytes>);

impl Bytes {
    pub(crate) fn new(handle: Handle<sys::kizuna_bytes>) -> Self {
        Self(handle)
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the handle is good, and its bytes do not change while it lives.
        unsafe {
            let size = sys::kizuna_bytes_size(self.0.as_ptr());
            if size == 0 {
                return &[];
            }
            slice::from_raw_parts(sys::kizuna_bytes_data(self.0.as_ptr()).cast(), size)
        }
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({})", self.len())
    }
}
