//! The command module of `examples/tauri-viewer`, without Tauri.
#![allow(unknown_lints, unexpected_cfgs)] // its feature `app` is not one of this crate
#![allow(clippy::needless_borrow)] // for Tauri's State the & is needed

mod common;

#[path = "../../../../examples/tauri-viewer/src-tauri/src/commands.rs"]
mod commands;

use commands::*;
use common::*;
use kizuna::compat::SrVulkanManagerState;

#[test]
fn the_commands_of_the_example_do_what_its_page_wants() {
    let folder = Folder::new();
    let state = SrVulkanManagerState::default();
    let text = |path: std::path::PathBuf| path.to_str().unwrap().to_string();
    block_on(init_sr_vulkan_manager(text(folder.path().into()), &state)).unwrap();
    block_on(check_sr_vulkan_availability(&state)).unwrap();
    block_on(get_sr_vulkan_gpu_info(&state)).unwrap();
    let upscale = |input: std::path::PathBuf| {
        let (model, output) = ("REALESRGAN_ANIMAVIDEOV3_UP2X", folder.file("page.webp"));
        block_on(upscale_image_sr_vulkan(
            text(input),
            text(output),
            model.into(),
            2.0,
            -1,
            400,
            false,
            &state,
        ))
    };
    let written = upscale(sprite()).unwrap();
    assert!(is_webp(&std::fs::read(&written).unwrap()));
    assert!(upscale("none.png".into()).unwrap_err().contains("none.png"));
    let stats = block_on(get_sr_vulkan_cache_stats(&state)).unwrap();
    assert_eq!((stats.total_files, stats.total_size > 0), (1, true));
    assert_eq!(stats.cache_dir, text(folder.file("kizuna")));
    assert_eq!(block_on(cleanup_sr_vulkan_cache(Some(0), &state)), Ok(1));
}

/// The page and the module agree on names, and the program exports all six.
#[test]
fn the_page_calls_the_commands_by_their_names() {
    let page = include_str!("../../../../examples/tauri-viewer/ui/main.js");
    let program = include_str!("../../../../examples/tauri-viewer/src-tauri/src/main.rs");
    let module = include_str!("../../../../examples/tauri-viewer/src-tauri/src/commands.rs");
    let commands: Vec<&str> = module
        .split("pub async fn ")
        .skip(1)
        .map(|text| text.split('(').next().unwrap())
        .collect();
    assert_eq!(commands.len(), 6);
    for command in commands {
        assert!(page.contains(&format!("invoke(\"{command}\"")), "{command}");
        assert!(
            program.contains(&format!("            {command},")),
            "{command}"
        );
    }
}
