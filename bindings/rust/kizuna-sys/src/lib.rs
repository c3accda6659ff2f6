//! `kizuna/kizuna.h`, declared by hand: that header says what each of these does. The crate `kizuna` is
//! what programs use. The test `header` holds every declaration here against the header.

#![allow(non_camel_case_types)]

use std::ffi::c_void;
use std::mem::size_of;
use std::os::raw::{c_char, c_int};
use std::ptr::{null, null_mut};

pub type kizuna_status = c_int;
pub const KIZUNA_OK: kizuna_status = 0;
pub const KIZUNA_INVALID_ARGUMENT: kizuna_status = 1;
pub const KIZUNA_NOT_FOUND: kizuna_status = 2;
pub const KIZUNA_ALREADY_EXISTS: kizuna_status = 3;
pub const KIZUNA_IO: kizuna_status = 4;
pub const KIZUNA_CORRUPT: kizuna_status = 5;
pub const KIZUNA_UNSUPPORTED: kizuna_status = 6;
pub const KIZUNA_LIMIT_EXCEEDED: kizuna_status = 7;
pub const KIZUNA_OUT_OF_MEMORY: kizuna_status = 8;
pub const KIZUNA_DEVICE_UNAVAILABLE: kizuna_status = 9;
pub const KIZUNA_ENGINE_FAILED: kizuna_status = 10;
pub const KIZUNA_BAD_NETWORK: kizuna_status = 11;
pub const KIZUNA_CANCELLED: kizuna_status = 12;
pub const KIZUNA_INTERNAL: kizuna_status = 13;

pub type kizuna_sample = c_int;
pub const KIZUNA_U8: kizuna_sample = 0;
pub const KIZUNA_U16: kizuna_sample = 1;
pub const KIZUNA_F32: kizuna_sample = 2;

pub type kizuna_precision = c_int;
pub const KIZUNA_PRECISION_AUTO: kizuna_precision = 0;
pub const KIZUNA_FP32: kizuna_precision = 1;
pub const KIZUNA_BF16: kizuna_precision = 2;
pub const KIZUNA_FP16: kizuna_precision = 3;

pub type kizuna_job_state = c_int;
pub const KIZUNA_JOB_DONE: kizuna_job_state = 0;
pub const KIZUNA_JOB_FAILED: kizuna_job_state = 1;
pub const KIZUNA_JOB_CANCELLED: kizuna_job_state = 2;
pub const KIZUNA_JOB_TIMED_OUT: kizuna_job_state = 3;

macro_rules! handles {
    ($($name:ident)*) => {$(
        #[repr(C)]
        pub struct $name {
            private: [u8; 0],
        }
    )*};
}

handles! {
    kizuna_bytes kizuna_image kizuna_model kizuna_upscaler kizuna_jobs kizuna_job_result
}

/// Must not unwind.
pub type kizuna_progress =
    Option<unsafe extern "C" fn(user: *mut c_void, tiles_done: u64, tiles_total: u64) -> c_int>;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct kizuna_pixels {
    pub width: u32,
    pub height: u32,
    pub channels: u32,
    pub sample: kizuna_sample,
    pub stride_bytes: isize,
    pub data: *const c_void,
}

impl kizuna_pixels {
    /// No picture; the header has no macro for it.
    pub const INIT: Self = Self {
        width: 0,
        height: 0,
        channels: 0,
        sample: KIZUNA_U8,
        stride_bytes: 0,
        data: null(),
    };
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct kizuna_engine_options {
    pub size: usize,
    pub provider: *const c_char,
    pub device: c_int,
    pub threads: c_int,
    pub precision: kizuna_precision,
}

impl kizuna_engine_options {
    pub const INIT: Self = Self {
        size: size_of::<Self>(),
        provider: null(),
        device: 0,
        threads: 0,
        precision: KIZUNA_PRECISION_AUTO,
    };
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct kizuna_options {
    pub size: usize,
    pub scale: f64,
    pub width: u32,
    pub height: u32,
    pub fit: c_int,
    pub tile: c_int,
    pub overlap: c_int,
    pub blend: c_int,
    pub tta: c_int,
    pub syncgap: c_int,
    pub max_pixels: u64,
}

impl kizuna_options {
    pub const INIT: Self = Self {
        size: size_of::<Self>(),
        scale: 0.0,
        width: 0,
        height: 0,
        fit: 0,
        tile: 0,
        overlap: 64,
        blend: 0,
        tta: 0,
        syncgap: 1,
        max_pixels: 500_000_000,
    };
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct kizuna_encoding {
    pub size: usize,
    pub format: *const c_char,
    pub quality: c_int,
    pub effort: c_int,
    pub lossless: c_int,
    pub overwrite: c_int,
}

impl kizuna_encoding {
    pub const INIT: Self = Self {
        size: size_of::<Self>(),
        format: null(),
        quality: -1,
        effort: -1,
        lossless: 0,
        overwrite: 0,
    };
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct kizuna_jobs_options {
    pub size: usize,
    pub devices: *const kizuna_engine_options,
    pub device_count: usize,
    pub running_per_device: c_int,
    pub waiting: usize,
    pub cache_folder: *const c_char,
    pub cache_bytes: u64,
    pub cache_age_s: i64,
}

impl kizuna_jobs_options {
    pub const INIT: Self = Self {
        size: size_of::<Self>(),
        devices: null(),
        device_count: 0,
        running_per_device: 2,
        waiting: 1000,
        cache_folder: null(),
        cache_bytes: 1 << 30,
        cache_age_s: 0,
    };
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct kizuna_job {
    pub size: usize,
    pub model: *const kizuna_model,
    pub input_path: *const c_char,
    pub input_data: *const c_void,
    pub input_size: usize,
    pub input_pixels: *const kizuna_pixels,
    pub output_path: *const c_char,
    pub encoding: *const kizuna_encoding,
    pub options: *const kizuna_options,
    pub priority: c_int,
    pub key: *const c_char,
    pub time_out_ms: i64,
    pub deadline_ms: i64,
    pub progress: kizuna_progress,
    pub user: *mut c_void,
}

impl kizuna_job {
    pub const INIT: Self = Self {
        size: size_of::<Self>(),
        model: null(),
        input_path: null(),
        input_data: null(),
        input_size: 0,
        input_pixels: null(),
        output_path: null(),
        encoding: null(),
        options: null(),
        priority: 0,
        key: null(),
        time_out_ms: 0,
        deadline_ms: 0,
        progress: None,
        user: null_mut(),
    };
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct kizuna_job_report {
    pub id: u64,
    pub key: *const c_char,
    pub state: kizuna_job_state,
    pub status: kizuna_status,
    pub error: *const c_char,
    pub path: *const c_char,
    pub data: *const c_void,
    pub data_size: usize,
    pub pixels: kizuna_pixels,
    pub width: u32,
    pub height: u32,
    pub provider: *const c_char,
    pub from_cache: c_int,
    pub waited_seconds: f64,
    pub ran_seconds: f64,
    pub decode_seconds: f64,
    pub engine_seconds: f64,
    pub encode_seconds: f64,
}

impl kizuna_job_report {
    /// Nothing; the header has no macro for it.
    pub const INIT: Self = Self {
        id: 0,
        key: null(),
        state: KIZUNA_JOB_DONE,
        status: KIZUNA_OK,
        error: null(),
        path: null(),
        data: null(),
        data_size: 0,
        pixels: kizuna_pixels::INIT,
        width: 0,
        height: 0,
        provider: null(),
        from_cache: 0,
        waited_seconds: 0.0,
        ran_seconds: 0.0,
        decode_seconds: 0.0,
        engine_seconds: 0.0,
        encode_seconds: 0.0,
    };
}

extern "C" {
    pub fn kizuna_last_error() -> *const c_char;
    pub fn kizuna_status_name(status: kizuna_status) -> *const c_char;
    pub fn kizuna_version() -> *const c_char;

    pub fn kizuna_bytes_data(bytes: *const kizuna_bytes) -> *const c_void;
    pub fn kizuna_bytes_size(bytes: *const kizuna_bytes) -> usize;
    pub fn kizuna_bytes_free(bytes: *mut kizuna_bytes);

    pub fn kizuna_image_pixels(
        image: *const kizuna_image,
        out: *mut kizuna_pixels,
    ) -> kizuna_status;
    pub fn kizuna_image_free(image: *mut kizuna_image);

    pub fn kizuna_model_load(
        name_or_path: *const c_char,
        out: *mut *mut kizuna_model,
    ) -> kizuna_status;
    pub fn kizuna_model_free(model: *mut kizuna_model);
    pub fn kizuna_model_scale(model: *const kizuna_model) -> c_int;

    pub fn kizuna_upscaler_open(
        model: *const kizuna_model,
        options: *const kizuna_engine_options,
        out: *mut *mut kizuna_upscaler,
    ) -> kizuna_status;
    pub fn kizuna_upscaler_free(upscaler: *mut kizuna_upscaler);
    pub fn kizuna_upscaler_provider(upscaler: *const kizuna_upscaler) -> *const c_char;

    pub fn kizuna_upscale_file(
        upscaler: *const kizuna_upscaler,
        input: *const c_char,
        output: *const c_char,
        options: *const kizuna_options,
        encoding: *const kizuna_encoding,
        progress: kizuna_progress,
        user: *mut c_void,
    ) -> kizuna_status;
    pub fn kizuna_upscale_bytes(
        upscaler: *const kizuna_upscaler,
        data: *const c_void,
        size: usize,
        options: *const kizuna_options,
        encoding: *const kizuna_encoding,
        progress: kizuna_progress,
        user: *mut c_void,
        out: *mut *mut kizuna_bytes,
    ) -> kizuna_status;
    pub fn kizuna_upscale_pixels(
        upscaler: *const kizuna_upscaler,
        pixels: *const kizuna_pixels,
        options: *const kizuna_options,
        progress: kizuna_progress,
        user: *mut c_void,
        out: *mut *mut kizuna_image,
    ) -> kizuna_status;

    pub fn kizuna_jobs_open(
        options: *const kizuna_jobs_options,
        out: *mut *mut kizuna_jobs,
    ) -> kizuna_status;
    pub fn kizuna_jobs_free(jobs: *mut kizuna_jobs);
    pub fn kizuna_jobs_submit(
        jobs: *const kizuna_jobs,
        job: *const kizuna_job,
        id: *mut u64,
    ) -> kizuna_status;
    pub fn kizuna_jobs_cancel(jobs: *const kizuna_jobs, id: u64) -> kizuna_status;
    pub fn kizuna_jobs_cancel_key(
        jobs: *const kizuna_jobs,
        key: *const c_char,
        count: *mut usize,
    ) -> kizuna_status;
    pub fn kizuna_jobs_set_priority(
        jobs: *const kizuna_jobs,
        id: u64,
        priority: c_int,
    ) -> kizuna_status;
    pub fn kizuna_jobs_take(
        jobs: *const kizuna_jobs,
        at_most_ms: i64,
        out: *mut *mut kizuna_job_result,
    ) -> kizuna_status;
    pub fn kizuna_job_result_free(result: *mut kizuna_job_result);
    pub fn kizuna_job_result_read(
        result: *const kizuna_job_result,
        out: *mut kizuna_job_report,
    ) -> kizuna_status;

    pub fn kizuna_command(
        name: *const c_char,
        request: *const c_char,
        reply: *mut *mut kizuna_bytes,
    ) -> kizuna_status;
}
