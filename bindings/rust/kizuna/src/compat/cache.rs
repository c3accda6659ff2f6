//! The folder of kept results, looked at from outside. A result whose file is gone is made again when it is
//! wanted, so files may be removed at any time.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What a cache holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct UpscaleCacheStats {
    pub total_files: usize,
    pub total_size: u64,
    pub cache_dir: String,
}

pub(super) fn stats(folder: &Path) -> io::Result<UpscaleCacheStats> {
    let mut stats = UpscaleCacheStats {
        cache_dir: folder.to_string_lossy().into_owned(),
        ..Default::default()
    };
    for path in results(folder)? {
        if let Ok(metadata) = fs::metadata(path) {
            stats.total_files += 1;
            stats.total_size += metadata.len();
        }
    }
    Ok(stats)
}

/// Removes what was made longer ago; returns how many.
pub(super) fn remove_older(folder: &Path, age: Duration) -> io::Result<usize> {
    let mut removed = 0;
    let now = SystemTime::now();
    for path in results(folder)? {
        let made = fs::metadata(&path).and_then(|metadata| metadata.modified());
        let is_old = made.map_or(false, |made| {
            now.duration_since(made).map_or(false, |is| is >= age)
        });
        if is_old && fs::remove_file(path).is_ok() {
            removed += 1;
        }
    }
    Ok(removed)
}

/// Results lie one folder below, named by 64 hexadecimal digits.
fn results(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for group in entries(folder)? {
        if group.is_dir() {
            found.extend(entries(&group)?.into_iter().filter(|path| is_result(path)));
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn is_result(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}
