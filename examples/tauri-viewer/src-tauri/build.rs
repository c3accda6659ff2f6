fn main() {
    // So that the program finds libkizuna where it was linked. A package would bring it along instead.
    if let Ok(folder) = std::env::var("DEP_KIZUNA_LIB_DIR") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
    tauri_build::build();
}
