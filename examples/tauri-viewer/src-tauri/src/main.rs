//! A window that shows a picture beside what Kizuna makes of it.

mod commands;

use commands::*;
use kizuna::compat::SrVulkanManagerState;

fn main() {
    tauri::Builder::default()
        .manage(SrVulkanManagerState::default())
        .invoke_handler(tauri::generate_handler![
            init_sr_vulkan_manager,
            check_sr_vulkan_availability,
            get_sr_vulkan_gpu_info,
            upscale_image_sr_vulkan,
            get_sr_vulkan_cache_stats,
            cleanup_sr_vulkan_cache,
        ])
        .run(tauri::generate_context!())
        .expect("the window could not be opened");
}
