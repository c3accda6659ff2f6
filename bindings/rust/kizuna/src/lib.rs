//! Super-resolution for images by neural networks, on your own machine: the Rust face of Kizuna SR.
//!
//! One picture at a time, on the thread that calls:
//!
//! ```no_run
//! use kizuna::{EngineOptions, Encoding, Model, Size, UpscaleOptions, Upscaler};
//!
//! # fn main() -> Result<(), kizuna::Error> {
//! let upscaler = Upscaler::open(&Model::load_default()?, &EngineOptions::default())?; // slow: keep it
//! let options = UpscaleOptions { size: Size::Scale(3.0), ..Default::default() };
//! upscaler.upscale_file("small.png", "large.webp", &options, &Encoding::default(), None)?;
//! # Ok(())
//! # }
//! ```
//!
//! Many, the most urgent first, as futures that need no runtime: [`Jobs`].
//!
//! All types are `Send` and `Sync`: any thread may use them, several at the same time. Networks, engines and
//! memory are the library's affair; nothing here keeps pixels of its own.

#![warn(missing_docs)]

pub mod compat;
mod device;
mod error;
mod handle;
mod image;
mod job;
mod job_handle;
mod jobs;
mod json;
mod model;
mod options;
mod progress;
mod text;
mod upscaler;

pub use device::{devices, Device};
pub use error::{Error, ErrorKind, Result};
pub use image::{Image, ImageView, Samples};
pub use job::{Input, Job, JobOutput, JobTimes, Output};
pub use job_handle::JobHandle;
pub use jobs::{Jobs, JobsOptions};
pub use model::Model;
pub use options::{Blend, Encoding, EngineOptions, Format, Precision, Size, UpscaleOptions};
pub use progress::Progress;
pub use upscaler::{Bytes, Upscaler};

/// The library's version: "0.1.0".
pub fn version() -> String {
    // SAFETY: the text lives as long as the process.
    unsafe { text::borrowed(kizuna_sys::kizuna_version()) }.into_owned()
}

/// Runs a command of `docs/commands.md`: a JSON object to JSON. Blocks until it is done.
///
/// Commands share one queue for each device in this process, beside those of [`Jobs`].
pub fn command(name: &str, request: &str) -> Result<String> {
    let name = text::c_string(name, "a command's name")?;
    let request = text::c_string(request, "a command's request")?;
    // SAFETY: both texts live until the call returns.
    let reply = handle::Handle::make(kizuna_sys::kizuna_bytes_free, |out| unsafe {
        kizuna_sys::kizuna_command(name.as_ptr(), request.as_ptr(), out)
    })?;
    Ok(String::from_utf8_lossy(&Bytes::new(reply)).into_owned())
}
