use std::collections::hash_map::{Entry, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::cache::{self, UpscaleCacheStats};
use crate::jobs::locked;
use crate::{
    devices, Device, Encoding, EngineOptions, Error, ErrorKind, Format, Input, Job, JobHandle,
    Jobs, JobsOptions, Model, Output, Result, Size, UpscaleOptions,
};

/// As sr_vulkan's hosts have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SrVulkanOptions {
    /// Of [`SrVulkanUpscaler::get_gpu_info`]'s list; -1 is the processor. Where there is no card, 0 is the
    /// best device there is.
    pub gpu_id: i32,
    /// In pixels of the input; 0: from the memory that is free.
    pub tile_size: i32,
    /// Eight times the work, for a little more.
    pub tta: bool,
    /// "webp", "png", …; empty: by the file's extension, and WebP where it has none.
    pub output_format: String,
}

impl Default for SrVulkanOptions {
    fn default() -> Self {
        Self {
            gpu_id: 0,
            tile_size: 400,
            tta: false,
            output_format: "webp".into(),
        }
    }
}

/// Upscales into files, and keeps results in `kizuna/` below the thumbnails. Clones share everything.
#[derive(Debug, Clone)]
pub struct SrVulkanUpscaler {
    /// Where the application keeps its thumbnails.
    pub thumbnail_root: PathBuf,
    initialized: bool,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    models: Mutex<HashMap<String, Model>>,
    queues: Mutex<HashMap<i32, Jobs>>,
}

impl SrVulkanUpscaler {
    /// Does nothing yet.
    pub fn new(thumbnail_root: impl Into<PathBuf>) -> Self {
        Self {
            thumbnail_root: thumbnail_root.into(),
            initialized: false,
            shared: Arc::default(),
        }
    }

    /// Makes the cache's folder. Networks and devices are opened when the first picture needs them.
    pub fn initialize(&mut self) -> std::result::Result<(), String> {
        let folder = self.cache_folder();
        fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        self.initialized = true;
        Ok(())
    }

    /// Whether anything here can upscale: with a processor it can.
    pub fn check_availability(&self) -> std::result::Result<(), String> {
        match devices()?.iter().any(|device| device.available) {
            true => Ok(()),
            false => Err("nothing here can run a network".into()),
        }
    }

    /// The names of the graphics cards, in the order of their numbers.
    pub fn get_gpu_info(&self) -> std::result::Result<Vec<String>, String> {
        Ok(graphics_cards()?
            .iter()
            .map(|card| format!("{} ({})", card.provider, card.engine))
            .collect())
    }

    /// Opens the queue of this device, so that the first picture need not. Fails where there is no such.
    pub fn init_set(&self, gpu_id: i32) -> std::result::Result<(), String> {
        self.queue(gpu_id)?;
        Ok(())
    }

    /// Upscales a file into a file, and returns the path that was written. A file that is there is
    /// replaced, folders that are missing are made. Dropping the future cancels.
    ///
    /// `model`: one of sr_vulkan's 42 names, such as `REALESRGAN_X4PLUS_UP4X`, or any other that
    /// [`Model::load`] knows.
    pub async fn upscale_image(
        &self,
        image_path: impl AsRef<Path>,
        save_path: impl AsRef<Path>,
        model: &str,
        scale: f64,
        options: SrVulkanOptions,
    ) -> std::result::Result<String, String> {
        let job = self.submit(
            image_path.as_ref(),
            save_path.as_ref(),
            model,
            scale,
            &options,
        )?;
        job.await?;
        Ok(save_path.as_ref().to_string_lossy().into_owned())
    }

    /// Removes results that were made so many days ago; returns how many.
    pub fn cleanup_cache(&self, max_age_days: u32) -> std::result::Result<usize, String> {
        const DAY_SECONDS: u64 = 24 * 60 * 60;
        let age = Duration::from_secs(u64::from(max_age_days) * DAY_SECONDS);
        cache::remove_older(&self.cache_folder(), age).map_err(|error| self.cache_failed(&error))
    }

    /// How much is kept.
    pub fn get_cache_stats(&self) -> std::result::Result<UpscaleCacheStats, String> {
        cache::stats(&self.cache_folder()).map_err(|error| self.cache_failed(&error))
    }

    fn cache_failed(&self, error: &std::io::Error) -> String {
        format!("cannot read {}: {error}", self.cache_folder().display())
    }

    fn cache_folder(&self) -> PathBuf {
        self.thumbnail_root.join("kizuna")
    }

    fn submit(
        &self,
        image_path: &Path,
        save_path: &Path,
        model: &str,
        scale: f64,
        options: &SrVulkanOptions,
    ) -> Result<JobHandle> {
        if !self.initialized {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "initialize() has not been called",
            ));
        }
        let encoding = Encoding {
            format: format_of(&options.output_format, save_path)?,
            overwrite: true,
            ..Encoding::default()
        };
        if let Some(folder) = save_path.parent() {
            fs::create_dir_all(folder).map_err(|error| {
                Error::new(
                    ErrorKind::Io,
                    format!("cannot make {}: {error}", folder.display()),
                )
            })?;
        }
        let mut job = Job::new(
            &self.model(known_name(model))?,
            Input::File(image_path.into()),
            Output::File(save_path.into(), encoding),
        );
        job.options = UpscaleOptions {
            size: Size::Scale(scale),
            tile: u32::try_from(options.tile_size)
                .ok()
                .filter(|&side| side > 0),
            tta: options.tta,
            ..UpscaleOptions::default()
        };
        self.queue(options.gpu_id)?.submit(job)
    }

    fn model(&self, name: &str) -> Result<Model> {
        if let Some(model) = locked(&self.shared.models).get(name) {
            return Ok(model.clone());
        }
        let model = Model::load(name)?;
        locked(&self.shared.models).insert(name.into(), model.clone());
        Ok(model)
    }

    fn queue(&self, gpu_id: i32) -> Result<Jobs> {
        match locked(&self.shared.queues).entry(gpu_id) {
            Entry::Occupied(open) => Ok(open.get().clone()),
            Entry::Vacant(place) => {
                let options = JobsOptions {
                    devices: vec![device_by_number(gpu_id)?],
                    cache_folder: Some(self.thumbnail_root.join("kizuna")),
                    ..JobsOptions::default()
                };
                Ok(place.insert(Jobs::open(&options)?).clone())
            }
        }
    }
}

fn format_of(name: &str, save_path: &Path) -> Result<Option<Format>> {
    if name.is_empty() {
        return Ok(save_path.extension().is_none().then_some(Format::Webp));
    }
    Format::from_name(name).map(Some).ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidArgument,
            format!("no pictures are written as \"{name}\""),
        )
    })
}

/// Short names that front ends know.
fn known_name(model: &str) -> &str {
    match model {
        "digital" | "anime" => "REALESRGAN_X4PLUSANIME_UP4X",
        "general" => "REALESRGAN_X4PLUS_UP4X",
        "waifu2x_cunet" => "WAIFU2X_CUNET_UP2X",
        "waifu2x_anime" => "WAIFU2X_ANIME_UP2X",
        "waifu2x_photo" => "WAIFU2X_PHOTO_UP2X",
        "realcugan_pro" => "REALCUGAN_PRO_UP2X",
        "realcugan_se" => "REALCUGAN_SE_UP2X",
        other => other,
    }
}

fn graphics_cards() -> Result<Vec<Device>> {
    let mut cards = devices()?;
    cards.retain(|device| device.available && device.is_graphics_card());
    Ok(cards)
}

fn device_by_number(number: i32) -> Result<EngineOptions> {
    let index = match usize::try_from(number) {
        Ok(index) => index,
        Err(_) => return Ok(EngineOptions::on("cpu")),
    };
    let cards = graphics_cards()?;
    match cards.get(index) {
        Some(card) => Ok(EngineOptions::on(card.provider.as_str())),
        None if cards.is_empty() && number == 0 => Ok(EngineOptions::default()),
        None => Err(Error::new(
            ErrorKind::DeviceUnavailable,
            format!(
                "there is no graphics card {number}; there are {}",
                cards.len()
            ),
        )),
    }
}
