//! One picture at a time, with the real default network.

mod common;

use common::*;
use kizuna::*;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

fn upscaler() -> Upscaler {
    Upscaler::open(&model(), &on_the_processor()).unwrap()
}

#[test]
fn pixels_bytes_and_files_give_the_same_picture() {
    let folder = Folder::new();
    let upscaler = upscaler();
    let options = UpscaleOptions::default();
    let png = std::fs::read(sprite()).unwrap();
    let output = folder.file("out.png");
    upscaler
        .upscale_file(sprite(), &output, &options, &Encoding::default(), None)
        .unwrap();
    let bytes = upscaler
        .upscale_bytes(&png, &options, &Encoding::default(), None)
        .unwrap();
    assert_eq!(std::fs::read(output).unwrap(), &*bytes);
    let (width, height) = png_size(&png);
    assert_eq!(png_size(&bytes), (2 * width, 2 * height));
    assert_eq!(upscaler.provider(), "cpu");
    assert_eq!(model().scale(), Some(2));
}

#[test]
fn rows_may_lie_apart_and_samples_may_be_of_any_kind() {
    let upscaler = upscaler();
    let options = UpscaleOptions::default();
    let together = rgb();
    let image = upscaler
        .upscale_pixels(&view(&together), &options, None)
        .unwrap();
    let row = SIDE as usize * 3;
    let apart: Vec<u8> = together
        .chunks(row)
        .flat_map(|samples| samples.iter().copied().chain([255; 5]))
        .collect();
    let gapped = ImageView::with_stride(SIDE, SIDE, 3, Samples::U8(&apart), row + 5).unwrap();
    let from_gapped = upscaler.upscale_pixels(&gapped, &options, None).unwrap();
    assert_eq!(image.view(), from_gapped.view());
    assert_eq!(image.view().width(), 2 * SIDE);
    assert_eq!(image.view().channels(), 3);

    let wide: Vec<u16> = together.iter().map(|&v| u16::from(v) * 257).collect();
    let wide = ImageView::new(SIDE, SIDE, 3, Samples::U16(&wide)).unwrap();
    let wide = upscaler.upscale_pixels(&wide, &options, None).unwrap();
    let real: Vec<f32> = together.iter().map(|&v| f32::from(v) / 255.0).collect();
    let real = ImageView::new(SIDE, SIDE, 3, Samples::F32(&real)).unwrap();
    let real = upscaler.upscale_pixels(&real, &options, None).unwrap();
    match (
        image.view().samples(),
        wide.view().samples(),
        real.view().samples(),
    ) {
        (Samples::U8(eight), Samples::U16(sixteen), Samples::F32(float)) => {
            assert_eq!(eight.len(), 4 * together.len());
            for ((&a, &b), &c) in eight.iter().zip(sixteen).zip(float) {
                let a = f32::from(a) / 255.0;
                assert!((a - f32::from(b) / 65535.0).abs() < 0.003);
                assert!((a - c.clamp(0.0, 1.0)).abs() < 0.003);
            }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_size_is_a_factor_a_side_or_a_box() {
    let upscaler = upscaler();
    let samples = rgb();
    let size_of = |size| {
        let options = UpscaleOptions {
            size,
            ..Default::default()
        };
        let image = upscaler
            .upscale_pixels(&view(&samples), &options, None)
            .unwrap();
        (image.view().width(), image.view().height())
    };
    assert_eq!(size_of(Size::Scale(2.5)), (40, 40));
    assert_eq!(size_of(Size::Width(24)), (24, 24));
    assert_eq!(size_of(Size::Height(20)), (20, 20));
    assert_eq!(size_of(Size::Exactly(24, 20)), (24, 20));
    assert_eq!(size_of(Size::Inside(50, 33)), (33, 33));
}

#[test]
fn views_that_cannot_be_are_refused() {
    let samples = rgb();
    let refused = |width, height, channels, stride| {
        let result = ImageView::with_stride(width, height, channels, Samples::U8(&samples), stride);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidArgument);
    };
    refused(0, SIDE, 3, 48);
    refused(SIDE, 0, 3, 48);
    refused(SIDE, SIDE, 0, 48);
    refused(SIDE, SIDE, 5, 80);
    refused(SIDE, SIDE, 3, 47);
    refused(SIDE, SIDE, 3, 49);
    refused(SIDE, SIDE + 1, 3, 48);
    refused(u32::MAX, u32::MAX, 4, usize::MAX);
    refused(SIDE, SIDE, 3, usize::MAX);
    assert!(ImageView::new(SIDE, SIDE, 3, Samples::U8(&samples[1..])).is_err());
}

#[test]
fn errors_have_their_kind_and_a_sentence() {
    let folder = Folder::new();
    let upscaler = upscaler();
    let options = UpscaleOptions::default();
    let fails = |input: &std::path::Path, output: &std::path::Path| {
        upscaler
            .upscale_file(input, output, &options, &Encoding::default(), None)
            .unwrap_err()
    };
    let missing = fails(&folder.file("none.png"), &folder.file("out.png"));
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.to_string().contains("none.png"), "{missing}");
    std::fs::write(folder.file("bad.png"), "no picture").unwrap();
    let bad = fails(&folder.file("bad.png"), &folder.file("out.png"));
    assert_eq!(bad.kind(), ErrorKind::Unsupported, "{bad}");
    let cut = std::fs::read(sprite()).unwrap();
    std::fs::write(folder.file("cut.png"), &cut[..cut.len() / 2]).unwrap();
    let cut = fails(&folder.file("cut.png"), &folder.file("out.png"));
    assert_eq!(cut.kind(), ErrorKind::Corrupt, "{cut}");
    let nul = fails("a\0b.png".as_ref(), &folder.file("out.png"));
    assert_eq!(nul.kind(), ErrorKind::InvalidArgument);
    assert!(nul.message().contains("zero byte"), "{nul}");
    assert_eq!(fails(&sprite(), &sprite()).kind(), ErrorKind::AlreadyExists);
    assert_eq!(
        folder.names(),
        ["bad.png", "cut.png"],
        "nothing is left of what failed"
    );
    assert_eq!(
        Model::load("no-such-network").unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let nowhere = Upscaler::open(&model(), &EngineOptions::on("abacus")).unwrap_err();
    assert_ne!(nowhere.message(), "");
    let none = upscaler.upscale_bytes(&[], &options, &Encoding::default(), None);
    assert_eq!(none.unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn progress_is_told_and_may_cancel() {
    let upscaler = upscaler();
    let samples = rgb();
    let options = UpscaleOptions {
        tta: true,
        ..Default::default()
    };
    let told = AtomicU64::new(0);
    let count = |done: u64, total: u64| {
        assert!(done <= total);
        told.fetch_add(1, Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    upscaler
        .upscale_pixels(&view(&samples), &options, Some(&count))
        .unwrap();
    assert!(told.load(Ordering::Relaxed) > 0);
    let stop = |_, _| ControlFlow::Break(());
    let stopped = upscaler.upscale_pixels(&view(&samples), &options, Some(&stop));
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn a_panic_of_progress_cancels_and_is_named() {
    let upscaler = upscaler();
    let samples = rgb();
    let options = UpscaleOptions {
        tta: true,
        ..Default::default()
    };
    let panics = |_, _| panic!("no {} here", "fun");
    let error = upscaler
        .upscale_pixels(&view(&samples), &options, Some(&panics))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(error.message().contains("no fun here"), "{error}");
    upscaler
        .upscale_pixels(&view(&samples), &options, None)
        .unwrap();
}

#[test]
fn threads_may_share_all_of_it() {
    fn shared<T: Send + Sync>() {}
    shared::<(Model, Upscaler, Image, Bytes, Error)>();
    shared::<(Jobs, JobHandle, JobOutput, compat::SrVulkanUpscaler)>();
    let upscaler = upscaler();
    let samples = rgb();
    let alone = upscaler
        .upscale_pixels(&view(&samples), &Default::default(), None)
        .unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let image = upscaler
                    .upscale_pixels(&view(&samples), &Default::default(), None)
                    .unwrap();
                assert_eq!(image.view(), alone.view());
            });
        }
    });
}

#[test]
fn commands_and_devices_answer() {
    assert_eq!(version(), env!("CARGO_PKG_VERSION"));
    assert!(command("models", "{}").unwrap().starts_with('['));
    let none = command("explode", "{}").unwrap_err();
    assert_eq!(none.kind(), ErrorKind::NotFound);
    assert_eq!(
        command("devices", "{").unwrap_err().kind(),
        ErrorKind::Corrupt
    );
    let devices = devices().unwrap();
    let cpu = devices
        .iter()
        .find(|device| device.provider == "cpu")
        .unwrap();
    assert!(cpu.available && !cpu.is_graphics_card() && cpu.free_memory_bytes > 0);
    assert!(devices
        .iter()
        .all(|device| device.available == device.problem.is_empty()));
}
