//! What hosts of sr_vulkan call.

mod common;

use common::*;
use kizuna::compat::commands::*;
use kizuna::compat::*;
use std::path::PathBuf;
use std::time::Duration;

const MODEL: &str = "REALESRGAN_ANIMAVIDEOV3_UP2X";

fn on_cpu() -> SrVulkanOptions {
    SrVulkanOptions {
        gpu_id: -1,
        ..Default::default()
    }
}

fn upscaler(folder: &Folder) -> SrVulkanUpscaler {
    let mut upscaler = SrVulkanUpscaler::new(PathBuf::from(folder.path()));
    upscaler.initialize().unwrap();
    upscaler
}

#[test]
fn options_begin_as_hosts_know_them() {
    let options = SrVulkanOptions::default();
    assert_eq!(
        (options.gpu_id, options.tile_size, options.tta),
        (0, 400, false)
    );
    assert_eq!(options.output_format, "webp");
}

#[test]
fn the_upscaler_writes_webp_whatever_the_name_and_returns_the_path() {
    let folder = Folder::new();
    let upscaler = upscaler(&folder);
    upscaler.init_set(-1).unwrap();
    upscaler.check_availability().unwrap();
    for name in ["new folder/page.png", "page"] {
        let output = folder.file(name);
        let upscaled = upscaler.upscale_image(sprite(), &output, MODEL, 2.0, on_cpu());
        assert_eq!(block_on(upscaled).unwrap(), output.to_str().unwrap());
        assert!(is_webp(&std::fs::read(output).unwrap()));
    }
}

#[test]
fn another_format_and_any_scale_may_be_asked_for_and_files_are_replaced() {
    let folder = Folder::new();
    let upscaler = upscaler(&folder);
    let output = folder.file("page.png");
    std::fs::write(&output, "old").unwrap();
    let (width, height) = png_size(&std::fs::read(sprite()).unwrap());
    for format in ["png", "PNG", ""] {
        let options = SrVulkanOptions {
            output_format: format.into(),
            ..on_cpu()
        };
        block_on(upscaler.upscale_image(sprite(), &output, MODEL, 1.5, options)).unwrap();
        let size = png_size(&std::fs::read(&output).unwrap());
        assert_eq!(size, ((3 * width + 1) / 2, (3 * height + 1) / 2));
    }
    let unnamed = folder.file("page");
    let by_itself = SrVulkanOptions {
        output_format: String::new(),
        ..on_cpu()
    };
    block_on(upscaler.upscale_image(sprite(), &unnamed, MODEL, 2.0, by_itself)).unwrap();
    assert!(is_webp(&std::fs::read(unnamed).unwrap()));
}

#[test]
fn what_is_wrong_is_said() {
    let folder = Folder::new();
    let good = upscaler(&folder);
    let output = folder.file("out.webp");
    let fails = |upscaler: &SrVulkanUpscaler, input: &str, model: &str, scale, options| {
        let input = if input.is_empty() {
            sprite()
        } else {
            folder.file(input)
        };
        block_on(upscaler.upscale_image(&input, &output, model, scale, options)).unwrap_err()
    };
    let raw = SrVulkanUpscaler::new(folder.path());
    assert!(fails(&raw, "", MODEL, 2.0, on_cpu()).contains("initialize"));
    assert!(fails(&good, "none.png", MODEL, 2.0, on_cpu()).contains("none.png"));
    assert!(fails(&good, "", "NO_SUCH_MODEL", 2.0, on_cpu()).contains("NO_SUCH_MODEL"));
    let unknown = SrVulkanOptions {
        output_format: "psd".into(),
        ..on_cpu()
    };
    assert!(fails(&good, "", MODEL, 2.0, unknown).contains("psd"));
    let far = SrVulkanOptions {
        gpu_id: 99,
        ..on_cpu()
    };
    assert!(fails(&good, "", MODEL, 2.0, far).contains("99"));
    assert!(good.init_set(99).unwrap_err().contains("99"));
    assert_ne!(fails(&good, "", MODEL, -1.0, on_cpu()), "");
    assert_eq!(folder.names(), ["kizuna"], "nothing was written");
}

#[test]
fn clones_share_what_is_open_and_futures_may_move_to_other_threads() {
    fn movable<T: Send>(future: T) -> T {
        future
    }
    let folder = Folder::new();
    let upscaler = upscaler(&folder);
    std::thread::scope(|scope| {
        for page in 0..4 {
            let (clone, output) = (upscaler.clone(), folder.file(&format!("{page}.webp")));
            scope.spawn(move || {
                let (input, options) = (sprite(), on_cpu());
                let work = movable(clone.upscale_image(&input, &output, MODEL, 2.0, options));
                block_on(work).unwrap();
            });
        }
    });
    assert_eq!(folder.names().len(), 5);
}

#[test]
fn results_are_kept_counted_and_cleaned_up() {
    let folder = Folder::new();
    let upscaler = upscaler(&folder);
    assert_eq!(upscaler.get_cache_stats().unwrap().total_files, 0);
    let output = folder.file("page.webp");
    for scale in [2.0, 1.5, 2.0] {
        block_on(upscaler.upscale_image(sprite(), &output, MODEL, scale, on_cpu())).unwrap();
    }
    let stats = upscaler.get_cache_stats().unwrap();
    assert_eq!(stats.total_files, 2);
    assert!(stats.total_size > std::fs::metadata(&output).unwrap().len());
    assert_eq!(stats.cache_dir, folder.file("kizuna").to_str().unwrap());
    assert_eq!(upscaler.cleanup_cache(1).unwrap(), 0, "none is a day old");
    assert_eq!(upscaler.cleanup_cache(0).unwrap(), 2);
    assert_eq!(upscaler.get_cache_stats().unwrap().total_files, 0);
    block_on(upscaler.upscale_image(sprite(), &output, MODEL, 2.0, on_cpu())).unwrap();
    assert_eq!(
        upscaler.get_cache_stats().unwrap().total_files,
        1,
        "it was made again"
    );
}

#[test]
fn the_six_commands_work() {
    let folder = Folder::new();
    let state = SrVulkanManagerState::default();
    let root = folder.path().to_str().unwrap().to_string();
    block_on(init_sr_vulkan_manager(root, &state)).unwrap();
    block_on(check_sr_vulkan_availability(&state)).unwrap();
    let cards = block_on(get_sr_vulkan_gpu_info(&state)).unwrap();
    assert!(cards.iter().all(|card| !card.starts_with("cpu")));
    let output = folder.file("page.webp").to_str().unwrap().to_string();
    let upscaled = upscale_image_sr_vulkan(
        sprite().to_str().unwrap().into(),
        output.clone(),
        MODEL.into(),
        2.0,
        -1,
        400,
        false,
        &state,
    );
    assert_eq!(block_on(upscaled).unwrap(), output);
    assert!(is_webp(&std::fs::read(&output).unwrap()));
    let stats = block_on(get_sr_vulkan_cache_stats(&state)).unwrap();
    assert_eq!(stats.total_files, 1);
    assert_eq!(block_on(cleanup_sr_vulkan_cache(None, &state)), Ok(0));
    assert_eq!(block_on(cleanup_sr_vulkan_cache(Some(0), &state)), Ok(1));
}

#[test]
fn commands_wait_for_their_beginning_but_not_for_ever() {
    let folder = Folder::new();
    let impatient = SrVulkanManagerState::with_patience(Duration::ZERO);
    let early = block_on(get_sr_vulkan_cache_stats(&impatient)).unwrap_err();
    assert!(early.contains("init_sr_vulkan_manager"), "{early}");
    let state = SrVulkanManagerState::with_patience(Duration::from_secs(60));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| block_on(get_sr_vulkan_cache_stats(&state)));
        let root = folder.path().to_str().unwrap().to_string();
        block_on(init_sr_vulkan_manager(root, &state)).unwrap();
        assert_eq!(waiting.join().unwrap().unwrap().total_files, 0);
    });
}
