//! Where libkizuna is: in `KIZUNA_LIB_DIR`, where pkg-config knows it, or in the build folder of the
//! source tree that this crate is part of. Dependents learn it as `DEP_KIZUNA_LIB_DIR`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const LIBRARY: &str = if cfg!(target_os = "macos") {
    "libkizuna.dylib"
} else {
    "libkizuna.so"
};

fn named_by_the_user() -> Option<PathBuf> {
    println!("cargo:rerun-if-env-changed=KIZUNA_LIB_DIR");
    env::var_os("KIZUNA_LIB_DIR").map(PathBuf::from)
}

fn known_to_pkg_config() -> Option<PathBuf> {
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    let output = Command::new("pkg-config")
        .args(["--variable=libdir", "kizuna"])
        .output()
        .ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    let folder = folder.trim_end();
    (output.status.success() && !folder.is_empty()).then(|| PathBuf::from(folder))
}

fn in_the_source_tree() -> Option<PathBuf> {
    let built = Path::new(&env::var_os("CARGO_MANIFEST_DIR")?).join("../../../build/release");
    [
        "lib",
        "lib64",
        "lib/x86_64-linux-gnu",
        "lib/aarch64-linux-gnu",
    ]
    .iter()
    .map(|name| built.join(name))
    .find(|folder| folder.join(LIBRARY).exists())?
    .canonicalize()
    .ok()
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let folder = named_by_the_user()
        .or_else(known_to_pkg_config)
        .or_else(in_the_source_tree)
        .unwrap_or_else(|| {
            panic!(
                "libkizuna was not found: install it, or build it by ./dev build, or set KIZUNA_LIB_DIR \
                 to the folder that {LIBRARY} is in"
            )
        });
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib=dylib=kizuna");
    println!("cargo:lib_dir={}", folder.display());
    // For this package's own tests. What others build finds the library as they like.
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder.display());
}
