//! What the tests share: folders, a small picture, the least executor there can be.
#![allow(dead_code)] // no test uses all of it

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use kizuna::{EngineOptions, ImageView, Jobs, JobsOptions, Model, Samples};

/// A folder that is removed when the test ends.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("kizuna-rust-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A drawing, 157×201.
pub fn sprite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../examples/sprite.png")
}

pub const SIDE: u32 = 16;

pub fn rgb() -> Vec<u8> {
    (0..SIDE * SIDE * 3).map(|i| (i * 7 % 251) as u8).collect()
}

pub fn view(samples: &[u8]) -> ImageView<'_> {
    ImageView::new(SIDE, SIDE, 3, Samples::U8(samples)).unwrap()
}

pub fn model() -> Model {
    Model::load_default().unwrap()
}

pub fn on_the_processor() -> EngineOptions {
    EngineOptions::on("cpu")
}

pub fn jobs() -> Jobs {
    Jobs::open(&JobsOptions {
        devices: vec![on_the_processor()],
        ..JobsOptions::default()
    })
    .unwrap()
}

/// Width and height of a PNG.
pub fn png_size(bytes: &[u8]) -> (u32, u32) {
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

pub fn is_webp(bytes: &[u8]) -> bool {
    &bytes[..4] == b"RIFF" && &bytes[8..12] == b"WEBP"
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The least executor there can be.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future: Pin<Box<F>> = Box::pin(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(result) => return result,
            Poll::Pending => thread::park(),
        }
    }
}
