//! What hosts of sr_vulkan have: [`SrVulkanUpscaler`] and the six [`commands`] of a Tauri application, with
//! the names, arguments and results that they have there.

mod cache;
pub mod commands;
mod upscaler;

pub use cache::UpscaleCacheStats;
pub use commands::SrVulkanManagerState;
pub use upscaler::{SrVulkanOptions, SrVulkanUpscaler};
