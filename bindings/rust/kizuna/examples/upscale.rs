//! Upscales a picture with the default network, and shows how far it has come: upscale INPUT OUTPUT

use std::ops::ControlFlow;

use kizuna::{Encoding, EngineOptions, Model, UpscaleOptions, Upscaler};

fn show(done: u64, total: u64) -> ControlFlow<()> {
    eprint!("\r{:3.0} %", 100.0 * done as f64 / total as f64);
    ControlFlow::Continue(()) // Break would cancel
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let [input, output] = arguments.as_slice() {
        let upscaler = Upscaler::open(&Model::load_default()?, &EngineOptions::default())?;
        let (options, encoding) = (UpscaleOptions::default(), Encoding::default());
        upscaler.upscale_file(input, output, &options, &encoding, Some(&show))?;
        eprintln!("\r{}, on {}", output.to_string_lossy(), upscaler.provider());
        return Ok(());
    }
    Err("usage: upscale INPUT OUTPUT".into())
}
