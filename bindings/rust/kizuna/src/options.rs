//! What is asked for, and how it is said in C.

use std::ffi::CString;
use std::os::raw::{c_char, c_int};
use std::ptr::null;

use kizuna_sys as sys;

use crate::error::Result;
use crate::text;

/// How large the result is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Size {
    /// The network's own scale.
    OfNetwork,
    /// Any factor; rounded up to whole pixels.
    Scale(f64),
    /// This wide, aspect kept.
    Width(u32),
    /// This high, aspect kept.
    Height(u32),
    /// Exactly this wide and high.
    Exactly(u32, u32),
    /// The largest size, aspect kept, inside a box of this width and height.
    Inside(u32, u32),
}

/// How tiles become one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Blend {
    /// Exact, where the network allows it.
    Automatic,
    /// Tiles that cannot be told from one piece.
    Exact,
    /// Tiles that overlap and fade into each other.
    Feather,
}

/// How a picture is upscaled. All defaults are good.
#[derive(Debug, Clone, PartialEq)]
pub struct UpscaleOptions {
    /// How large the result is.
    pub size: Size,
    /// The side of a tile in pixels of the input; none: from the memory that is free.
    pub tile: Option<u32>,
    /// Of feathered tiles, in pixels of the input.
    pub overlap: u32,
    /// How tiles become one picture.
    pub blend: Blend,
    /// The mean over eight flips and turns: eight times the work.
    pub tta: bool,
    /// How exactly tiles of Real-CUGAN share their means: 1 exactly, 2 and 3 by estimates, 0 not at all.
    pub syncgap: u8,
    /// Larger results are refused.
    pub max_pixels: u64,
}

impl Default for UpscaleOptions {
    fn default() -> Self {
        Self {
            size: Size::OfNetwork,
            tile: None,
            overlap: 64,
            blend: Blend::Automatic,
            tta: false,
            syncgap: 1,
            max_pixels: sys::kizuna_options::INIT.max_pixels,
        }
    }
}

impl UpscaleOptions {
    pub(crate) fn in_c(&self) -> sys::kizuna_options {
        let mut options = sys::kizuna_options::INIT;
        match self.size {
            Size::OfNetwork => {}
            Size::Scale(scale) => options.scale = scale,
            Size::Width(width) => options.width = width,
            Size::Height(height) => options.height = height,
            Size::Exactly(width, height) | Size::Inside(width, height) => {
                options.width = width;
                options.height = height;
                options.fit = c_int::from(matches!(self.size, Size::Inside(..)));
            }
        }
        options.tile = self.tile.map_or(0, saturated);
        options.overlap = saturated(self.overlap);
        options.blend = match self.blend {
            Blend::Automatic => 0,
            Blend::Exact => 1,
            Blend::Feather => 2,
        };
        options.tta = c_int::from(self.tta);
        options.syncgap = c_int::from(self.syncgap);
        options.max_pixels = self.max_pixels;
        options
    }
}

/// What C's int cannot hold is beyond every limit of the library as well.
fn saturated(number: u32) -> c_int {
    c_int::try_from(number).unwrap_or(c_int::MAX)
}

/// A format of pictures that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Format {
    Png,
    Jpeg,
    Webp,
    Avif,
    Jxl,
    Tiff,
    Bmp,
    Gif,
    Apng,
}

impl Format {
    /// By the name or extension that users give it, in any case: `jpg`, `JPEG`, `webp`, …
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "png" => Self::Png,
            "jpeg" | "jpg" => Self::Jpeg,
            "webp" => Self::Webp,
            "avif" => Self::Avif,
            "jxl" => Self::Jxl,
            "tiff" | "tif" => Self::Tiff,
            "bmp" => Self::Bmp,
            "gif" => Self::Gif,
            "apng" => Self::Apng,
            _ => return None,
        })
    }

    fn in_c(self) -> *const c_char {
        let name: &'static [u8] = match self {
            Self::Png => b"png\0",
            Self::Jpeg => b"jpeg\0",
            Self::Webp => b"webp\0",
            Self::Avif => b"avif\0",
            Self::Jxl => b"jxl\0",
            Self::Tiff => b"tiff\0",
            Self::Bmp => b"bmp\0",
            Self::Gif => b"gif\0",
            Self::Apng => b"apng\0",
        };
        name.as_ptr().cast()
    }
}

/// How a result is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoding {
    /// None: by the extension of the file's name; for bytes, that of the input.
    pub format: Option<Format>,
    /// 0 to 100; none: the format's default.
    pub quality: Option<u8>,
    /// The format's own scale; none: its default.
    pub effort: Option<u8>,
    /// Every sample as computed, where the format can.
    pub lossless: bool,
    /// Replace a file that is there; else it is an error.
    pub overwrite: bool,
}

impl Encoding {
    pub(crate) fn in_c(&self) -> sys::kizuna_encoding {
        sys::kizuna_encoding {
            format: self.format.map_or(null(), Format::in_c),
            quality: self.quality.map_or(-1, c_int::from),
            effort: self.effort.map_or(-1, c_int::from),
            lossless: c_int::from(self.lossless),
            overwrite: c_int::from(self.overwrite),
            ..sys::kizuna_encoding::INIT
        }
    }
}

/// What the engine computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Precision {
    Automatic,
    Fp32,
    Bf16,
    Fp16,
}

/// Where a network runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// "cpu", "cuda", …, as [`devices`](crate::devices) lists them, and no other; none: the
    /// fastest that `tune` has found, else the first that works.
    pub provider: Option<String>,
    /// Which of the provider's devices.
    pub device: u32,
    /// Of the processor; 0: one for each core.
    pub threads: u32,
    /// What the engine computes with.
    pub precision: Precision,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            provider: None,
            device: 0,
            threads: 0,
            precision: Precision::Automatic,
        }
    }
}

impl EngineOptions {
    /// This provider and no other.
    pub fn on(provider: impl Into<String>) -> Self {
        Self {
            provider: Some(provider.into()),
            ..Self::default()
        }
    }

    pub(crate) fn in_c(&self) -> Result<EngineInC> {
        let provider = match &self.provider {
            Some(name) => Some(text::c_string(name.as_str(), "a provider's name")?),
            None => None,
        };
        let options = sys::kizuna_engine_options {
            provider: provider.as_ref().map_or(null(), |name| name.as_ptr()),
            device: saturated(self.device),
            threads: saturated(self.threads),
            precision: match self.precision {
                Precision::Automatic => sys::KIZUNA_PRECISION_AUTO,
                Precision::Fp32 => sys::KIZUNA_FP32,
                Precision::Bf16 => sys::KIZUNA_BF16,
                Precision::Fp16 => sys::KIZUNA_FP16,
            },
            ..sys::kizuna_engine_options::INIT
        };
        Ok(EngineInC {
            options,
            _provider: provider,
        })
    }
}

/// The options, with the text that they point to.
pub(crate) struct EngineInC {
    pub(crate) options: sys::kizuna_engine_options,
    _provider: Option<CString>,
}
