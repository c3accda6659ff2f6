//! The six commands, under the names and with the arguments that the page calls them by: `image_path` here
//! is `imagePath` there. What they do is in `kizuna::compat`; only this crate can make them commands.

use kizuna::compat::{commands, SrVulkanManagerState, UpscaleCacheStats};
#[cfg(feature = "app")]
use tauri::State;

/// What Tauri's State is to a command.
#[cfg(not(feature = "app"))]
type State<'a, T> = &'a T;

/// What the page sees of the cache.
#[cfg_attr(feature = "app", derive(serde::Serialize))]
pub struct CacheStats {
    pub total_files: usize,
    pub total_size: u64,
    pub cache_dir: String,
}

impl From<UpscaleCacheStats> for CacheStats {
    fn from(stats: UpscaleCacheStats) -> Self {
        Self {
            total_files: stats.total_files,
            total_size: stats.total_size,
            cache_dir: stats.cache_dir,
        }
    }
}

#[cfg_attr(feature = "app", tauri::command)]
pub async fn init_sr_vulkan_manager(
    thumbnail_path: String,
    state: State<'_, SrVulkanManagerState>,
) -> Result<(), String> {
    commands::init_sr_vulkan_manager(thumbnail_path, &state).await
}

#[cfg_attr(feature = "app", tauri::command)]
pub async fn check_sr_vulkan_availability(
    state: State<'_, SrVulkanManagerState>,
) -> Result<(), String> {
    commands::check_sr_vulkan_availability(&state).await
}

#[cfg_attr(feature = "app", tauri::command)]
pub async fn get_sr_vulkan_gpu_info(
    state: State<'_, SrVulkanManagerState>,
) -> Result<Vec<String>, String> {
    commands::get_sr_vulkan_gpu_info(&state).await
}

#[cfg_attr(feature = "app", tauri::command)]
#[allow(clippy::too_many_arguments)] // they are the page's
pub async fn upscale_image_sr_vulkan(
    image_path: String,
    save_path: String,
    model: String,
    scale: f64,
    gpu_id: i32,
    tile_size: i32,
    tta: bool,
    state: State<'_, SrVulkanManagerState>,
) -> Result<String, String> {
    commands::upscale_image_sr_vulkan(
        image_path, save_path, model, scale, gpu_id, tile_size, tta, &state,
    )
    .await
}

#[cfg_attr(feature = "app", tauri::command)]
pub async fn get_sr_vulkan_cache_stats(
    state: State<'_, SrVulkanManagerState>,
) -> Result<CacheStats, String> {
    let stats = commands::get_sr_vulkan_cache_stats(&state).await?;
    Ok(stats.into())
}

#[cfg_attr(feature = "app", tauri::command)]
pub async fn cleanup_sr_vulkan_cache(
    max_age_days: Option<u32>,
    state: State<'_, SrVulkanManagerState>,
) -> Result<usize, String> {
    commands::cleanup_sr_vulkan_cache(max_age_days, &state).await
}
