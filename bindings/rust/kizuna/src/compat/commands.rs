//! The six commands. An application annotates functions of the same names that call these, as
//! `examples/tauri-viewer` does: only its own crate can export commands.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use super::{SrVulkanOptions, SrVulkanUpscaler, UpscaleCacheStats};
use crate::jobs::locked;

/// What an application manages: the upscaler, once `init_sr_vulkan_manager` has made it.
#[derive(Debug)]
pub struct SrVulkanManagerState {
    manager: Mutex<Option<SrVulkanUpscaler>>,
    made: Condvar,
    patience: Duration,
}

impl Default for SrVulkanManagerState {
    /// Commands that come before `init_sr_vulkan_manager` wait five seconds for it: a front end sends all
    /// at once when it starts.
    fn default() -> Self {
        Self::with_patience(Duration::from_secs(5))
    }
}

impl SrVulkanManagerState {
    /// Commands wait so long for `init_sr_vulkan_manager`.
    pub fn with_patience(patience: Duration) -> Self {
        Self {
            manager: Mutex::default(),
            made: Condvar::new(),
            patience,
        }
    }

    fn set(&self, manager: SrVulkanUpscaler) {
        let before = locked(&self.manager).replace(manager);
        self.made.notify_all();
        drop(before); // which may take a moment
    }

    /// The upscaler, for what is not a command.
    pub fn manager(&self) -> Result<SrVulkanUpscaler, String> {
        let manager = locked(&self.manager);
        let (manager, _) = self
            .made
            .wait_timeout_while(manager, self.patience, |manager| manager.is_none())
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        manager
            .clone()
            .ok_or_else(|| "init_sr_vulkan_manager has not been called".into())
    }
}

/// Starts the engine; results are kept in `kizuna/` below `thumbnail_path`.
pub async fn init_sr_vulkan_manager(
    thumbnail_path: String,
    state: &SrVulkanManagerState,
) -> Result<(), String> {
    let mut manager = SrVulkanUpscaler::new(thumbnail_path);
    manager.initialize()?;
    state.set(manager);
    Ok(())
}

/// Whether it is usable here.
pub async fn check_sr_vulkan_availability(state: &SrVulkanManagerState) -> Result<(), String> {
    state.manager()?.check_availability()
}

/// The names of the graphics cards.
pub async fn get_sr_vulkan_gpu_info(state: &SrVulkanManagerState) -> Result<Vec<String>, String> {
    state.manager()?.get_gpu_info()
}

/// Upscales a file, and returns the path that was written, as WebP.
#[allow(clippy::too_many_arguments)] // they are the command's
pub async fn upscale_image_sr_vulkan(
    image_path: String,
    save_path: String,
    model: String,
    scale: f64,
    gpu_id: i32,
    tile_size: i32,
    tta: bool,
    state: &SrVulkanManagerState,
) -> Result<String, String> {
    let options = SrVulkanOptions {
        gpu_id,
        tile_size,
        tta,
        ..SrVulkanOptions::default()
    };
    let manager = state.manager()?;
    manager
        .upscale_image(&image_path, &save_path, &model, scale, options)
        .await
}

/// How much is kept.
pub async fn get_sr_vulkan_cache_stats(
    state: &SrVulkanManagerState,
) -> Result<UpscaleCacheStats, String> {
    state.manager()?.get_cache_stats()
}

/// Removes what was made `max_age_days` ago (30 if not said); returns how many.
pub async fn cleanup_sr_vulkan_cache(
    max_age_days: Option<u32>,
    state: &SrVulkanManagerState,
) -> Result<usize, String> {
    const DAYS: u32 = 30;
    state.manager()?.cleanup_cache(max_age_days.unwrap_or(DAYS))
}
