//! Pictures in memory: views of the caller's, and those that the library gives.

use std::fmt;
use std::mem::{align_of, size_of};
use std::os::raw::c_int;
use std::slice;

use kizuna_sys as sys;

use crate::error::{check, Error, ErrorKind, Result};
use crate::handle::Handle;

/// Interleaved samples: 8 bits, 16 bits, or float from 0 to 1, encoded as in files (not linear).
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Samples<'a> {
    U8(&'a [u8]),
    U16(&'a [u16]),
    F32(&'a [f32]),
}

impl Samples<'_> {
    /// How many samples there are.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::U16(samples) => samples.len(),
            Self::F32(samples) => samples.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn sample_bytes(&self) -> usize {
        match self {
            Self::U8(_) => size_of::<u8>(),
            Self::U16(_) => size_of::<u16>(),
            Self::F32(_) => size_of::<f32>(),
        }
    }
}

impl fmt::Debug for Samples<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::U8(_) => "u8",
            Self::U16(_) => "u16",
            Self::F32(_) => "f32",
        };
        write!(f, "[{kind}; {}]", self.len())
    }
}

/// A picture that lies in somebody's memory: grey, grey and alpha, RGB, or RGBA.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImageView<'a> {
    width: u32,
    height: u32,
    channels: u32,
    stride: usize,
    samples: Samples<'a>,
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

impl<'a> ImageView<'a> {
    /// Rows that lie one behind the other.
    pub fn new(width: u32, height: u32, channels: u32, samples: Samples<'a>) -> Result<Self> {
        let row = width as usize * channels.clamp(1, 4) as usize;
        Self::with_stride(width, height, channels, samples, row)
    }

    /// `stride`: samples from the beginning of a row to that of the next.
    pub fn with_stride(
        width: u32,
        height: u32,
        channels: u32,
        samples: Samples<'a>,
        stride: usize,
    ) -> Result<Self> {
        if !(1..=4).contains(&channels) {
            return Err(refused(format!(
                "a picture has 1 to 4 channels, not {channels}"
            )));
        }
        if width == 0 || height == 0 {
            return Err(refused(format!(
                "a picture of {width}×{height} has no pixels"
            )));
        }
        let row = width as usize * channels as usize;
        if stride < row {
            return Err(refused(format!(
                "rows of {row} samples cannot be {stride} apart"
            )));
        }
        let needed = stride
            .checked_mul(height as usize - 1)
            .and_then(|before| before.checked_add(row))
            .filter(|&needed| needed <= samples.len());
        if needed.is_none() {
            return Err(refused(format!(
                "{width}×{height} pixels of {channels} channels do not fit into {} samples",
                samples.len()
            )));
        }
        Ok(Self {
            width,
            height,
            channels,
            stride,
            samples,
        })
    }

    /// In pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// In pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// 1 to 4.
    pub fn channels(&self) -> u32 {
        self.channels
    }

    /// Samples from the beginning of a row to that of the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// All of them, from the first row to the last.
    pub fn samples(&self) -> Samples<'a> {
        self.samples
    }

    pub(crate) fn in_c(&self) -> sys::kizuna_pixels {
        let (sample, data) = match self.samples {
            Samples::U8(samples) => (sys::KIZUNA_U8, samples.as_ptr().cast()),
            Samples::U16(samples) => (sys::KIZUNA_U16, samples.as_ptr().cast()),
            Samples::F32(samples) => (sys::KIZUNA_F32, samples.as_ptr().cast()),
        };
        // One row needs no stride, which might be any number then; of several, the slice bounds it.
        let stride = if self.height == 1 { 0 } else { self.stride };
        sys::kizuna_pixels {
            width: self.width,
            height: self.height,
            channels: self.channels,
            sample,
            stride_bytes: (stride * self.samples.sample_bytes()) as isize,
            data,
        }
    }

    /// # Safety
    /// `pixels` is the library's, and lives for `'a`.
    pub(crate) unsafe fn from_c(pixels: &sys::kizuna_pixels) -> Result<Self> {
        let stride = pixels.stride_bytes as usize;
        let bytes = stride * (pixels.height as usize);
        let samples = match pixels.sample {
            sys::KIZUNA_U8 => Samples::U8(samples_at(pixels, bytes)?),
            sys::KIZUNA_U16 => Samples::U16(samples_at(pixels, bytes)?),
            sys::KIZUNA_F32 => Samples::F32(samples_at(pixels, bytes)?),
            other => return Err(unknown_sample(other)),
        };
        let stride = stride / samples.sample_bytes();
        Self::with_stride(
            pixels.width,
            pixels.height,
            pixels.channels,
            samples,
            stride,
        )
    }
}

fn unknown_sample(sample: c_int) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("the library gave samples of kind {sample}, which this crate is too old for"),
    )
}

/// # Safety
/// `pixels` has so many bytes, which are valid as `T`s for `'a`.
unsafe fn samples_at<'a, T>(pixels: &sys::kizuna_pixels, bytes: usize) -> Result<&'a [T]> {
    if pixels.data as usize % align_of::<T>() != 0 {
        return Err(Error::new(
            ErrorKind::Internal,
            "the library's samples are not aligned",
        ));
    }
    Ok(slice::from_raw_parts(
        pixels.data.cast(),
        bytes / size_of::<T>(),
    ))
}

/// A picture that the library made, in its memory.
pub struct Image {
    view: ImageView<'static>, // of what `_owner` owns
    _owner: Handle<sys::kizuna_image>,
}

impl Image {
    pub(crate) fn new(owner: Handle<sys::kizuna_image>) -> Result<Self> {
        let mut pixels = sys::kizuna_pixels::INIT;
        // SAFETY: the handle is good, and the pixels live as long as it does.
        check(unsafe { sys::kizuna_image_pixels(owner.as_ptr(), &mut pixels) })?;
        let view = unsafe { ImageView::from_c(&pixels) }?;
        Ok(Self {
            view,
            _owner: owner,
        })
    }

    /// Its pixels, where they are.
    pub fn view(&self) -> ImageView<'_> {
        self.view
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Image").field(&self.view).finish()
    }
}
