//! What a job is, and what comes of it.

use std::ffi::CString;
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::ptr::null;
use std::slice;
use std::time::Duration;

use kizuna_sys as sys;

use crate::error::{check, Error, ErrorKind, Result};
use crate::handle::Handle;
use crate::image::ImageView;
use crate::model::Model;
use crate::options::{Encoding, UpscaleOptions};
use crate::text;

/// What is upscaled. The library copies it when the job is submitted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Input<'a> {
    /// A file.
    File(PathBuf),
    /// An encoded picture.
    Bytes(&'a [u8]),
    /// Pixels.
    Pixels(ImageView<'a>),
}

/// Where the result goes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Output {
    /// Into a file: [`JobOutput::path`].
    File(PathBuf, Encoding),
    /// Into memory, encoded: [`JobOutput::bytes`].
    Bytes(Encoding),
    /// Into memory, as pixels: [`JobOutput::pixels`].
    Pixels,
}

pub(crate) type OwnedProgress = Box<dyn Fn(u64, u64) -> ControlFlow<()> + Send + Sync>;

/// A picture to be upscaled by [`Jobs`](crate::Jobs).
pub struct Job<'a> {
    /// What is upscaled.
    pub input: Input<'a>,
    /// Where the result goes.
    pub output: Output,
    /// By which network.
    pub model: Model,
    /// How.
    pub options: UpscaleOptions,
    /// Higher goes first.
    pub priority: i32,
    /// Your own name for it, by which it can be cancelled; several jobs may share one.
    pub key: Option<String>,
    /// From its beginning.
    pub time_out: Option<Duration>,
    /// From now.
    pub deadline: Option<Duration>,
    /// As [`Progress`](crate::Progress): called after every tile, may cancel.
    pub progress: Option<OwnedProgress>,
}

impl<'a> Job<'a> {
    /// With the defaults of all else.
    pub fn new(model: &Model, input: Input<'a>, output: Output) -> Self {
        Self {
            input,
            output,
            model: model.clone(),
            options: UpscaleOptions::default(),
            priority: 0,
            key: None,
            time_out: None,
            deadline: None,
            progress: None,
        }
    }

    /// From file to file.
    pub fn file(model: &Model, input: impl Into<PathBuf>, output: impl Into<PathBuf>) -> Self {
        Self::new(
            model,
            Input::File(input.into()),
            Output::File(output.into(), Encoding::default()),
        )
    }

    /// Calls `submit` with the job as C knows it, which lives until `submit` returns.
    pub(crate) fn in_c<T>(&self, submit: impl FnOnce(sys::kizuna_job) -> Result<T>) -> Result<T> {
        let options = self.options.in_c();
        let mut job = sys::kizuna_job {
            model: self.model.as_ptr(),
            options: &options,
            priority: self.priority,
            time_out_ms: milliseconds(self.time_out),
            deadline_ms: milliseconds(self.deadline),
            ..sys::kizuna_job::INIT
        };
        let key: Option<CString> = match &self.key {
            Some(key) => Some(text::c_string(key.as_str(), "a job's key")?),
            None => None,
        };
        job.key = key.as_ref().map_or(null(), |key| key.as_ptr());
        let (input_path, pixels);
        match &self.input {
            Input::File(path) => {
                input_path = text::c_path(path, "a job's input")?;
                job.input_path = input_path.as_ptr();
            }
            Input::Bytes(bytes) => {
                job.input_data = bytes.as_ptr().cast();
                job.input_size = bytes.len();
            }
            Input::Pixels(view) => {
                pixels = view.in_c();
                job.input_pixels = &pixels;
            }
        }
        let (output_path, encoding);
        match &self.output {
            Output::File(path, how) => {
                output_path = text::c_path(path, "a job's output")?;
                encoding = how.in_c();
                job.output_path = output_path.as_ptr();
                job.encoding = &encoding;
            }
            Output::Bytes(how) => {
                encoding = how.in_c();
                job.encoding = &encoding;
            }
            Output::Pixels => {}
        }
        submit(job)
    }
}

impl fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("input", &self.input)
            .field("output", &self.output)
            .field("model", &self.model)
            .field("options", &self.options)
            .field("priority", &self.priority)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// For C, where 0 is none. No clock overflows by a century.
fn milliseconds(time: Option<Duration>) -> i64 {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    time.map_or(0, |time| time.min(CENTURY).as_millis().max(1) as i64)
}

/// Where a job's seconds went.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[allow(missing_docs)]
pub struct JobTimes {
    pub waited: f64,
    pub ran: f64,
    pub decode: f64,
    pub engine: f64,
    pub encode: f64,
}

/// What a job that is done gives. The picture stays in the library's memory.
pub struct JobOutput {
    // Views of what `_owner` owns.
    bytes: Option<&'static [u8]>,
    pixels: Option<ImageView<'static>>,
    _owner: Handle<sys::kizuna_job_result>,
    id: u64,
    key: String,
    path: Option<PathBuf>,
    size: Option<(u32, u32)>,
    provider: String,
    from_cache: bool,
    times: JobTimes,
}

/// A result as it came from the library.
pub(crate) struct Ended {
    pub(crate) id: u64,
    pub(crate) result: Result<JobOutput>,
}

impl Ended {
    pub(crate) fn read(owner: Handle<sys::kizuna_job_result>) -> Result<Self> {
        let mut report = sys::kizuna_job_report::INIT;
        // SAFETY: the handle is good, and all that the report points to lives as long as it does.
        check(unsafe { sys::kizuna_job_result_read(owner.as_ptr(), &mut report) })?;
        let error = |kind: Option<ErrorKind>| {
            let message = unsafe { text::borrowed(report.error) };
            match kind {
                Some(kind) => Error::new(kind, message),
                None => Error::of_status(report.status, message),
            }
        };
        let result = match report.state {
            sys::KIZUNA_JOB_DONE => unsafe { JobOutput::of(owner, &report) },
            sys::KIZUNA_JOB_CANCELLED => Err(error(Some(ErrorKind::Cancelled))),
            sys::KIZUNA_JOB_TIMED_OUT => Err(error(Some(ErrorKind::TimedOut))),
            _ => Err(error(None)),
        };
        Ok(Self {
            id: report.id,
            result,
        })
    }
}

impl JobOutput {
    /// # Safety
    /// `report` is what `owner` says.
    unsafe fn of(
        owner: Handle<sys::kizuna_job_result>,
        report: &sys::kizuna_job_report,
    ) -> Result<Self> {
        let pixels = match report.pixels.data.is_null() {
            true => None,
            false => Some(ImageView::from_c(&report.pixels)?),
        };
        let bytes = (!report.data.is_null())
            .then(|| slice::from_raw_parts(report.data.cast(), report.data_size));
        Ok(Self {
            bytes,
            pixels,
            _owner: owner,
            id: report.id,
            key: text::borrowed(report.key).into_owned(),
            path: (!report.path.is_null()).then(|| text::path_from_c(report.path)),
            size: (report.width > 0).then_some((report.width, report.height)),
            provider: text::borrowed(report.provider).into_owned(),
            from_cache: report.from_cache != 0,
            times: JobTimes {
                waited: report.waited_seconds,
                ran: report.ran_seconds,
                decode: report.decode_seconds,
                engine: report.engine_seconds,
                encode: report.encode_seconds,
            },
        })
    }

    /// The job's number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The job's key; empty where it had none.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The file that was written.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The encoded picture.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.bytes
    }

    /// The picture.
    pub fn pixels(&self) -> Option<ImageView<'_>> {
        self.pixels
    }

    /// Width and height; none where it came from the cache.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.size
    }

    /// What computed it, or had: "cpu", "cuda", …
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// It had been made before.
    pub fn from_cache(&self) -> bool {
        self.from_cache
    }

    /// Where the seconds went.
    pub fn times(&self) -> JobTimes {
        self.times
    }
}

impl fmt::Debug for JobOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobOutput")
            .field("id", &self.id)
            .field("key", &self.key)
            .field("path", &self.path)
            .field("bytes", &self.bytes.map(<[u8]>::len))
            .field("pixels", &self.pixels)
            .field("from_cache", &self.from_cache)
            .finish_non_exhaustive()
    }
}
