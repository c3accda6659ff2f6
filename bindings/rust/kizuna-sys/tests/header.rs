//! What is declared here by hand is what the header declares: a program in C, made of these declarations,
//! is compiled together with the header, and what it prints is compared.

use kizuna_sys::*;
use std::fmt::Write as _;
use std::mem::{size_of, size_of_val};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn compiler() -> String {
    std::env::var("CC").unwrap_or_else(|_| "cc".into())
}

/// What the program prints, compiled with the header.
fn printed_by(name: &str, program: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let source = folder.join(name).with_extension("c");
    let built = folder.join(name);
    std::fs::write(&source, program).unwrap();
    let compiled = Command::new(compiler())
        .args(["-std=c11", "-Wall", "-Werror", "-o"])
        .arg(&built)
        .arg("-I")
        .arg(root().join("include"))
        .arg(&source)
        .output()
        .expect("there is no C compiler; CC names one");
    let complaint = String::from_utf8_lossy(&compiled.stderr);
    assert!(compiled.status.success(), "{complaint}");
    String::from_utf8(Command::new(built).output().unwrap().stdout).unwrap()
}

fn bytes_of<T>(value: &T) -> Vec<u8> {
    let start = value as *const T as *const u8;
    // Fields have no padding: they are numbers and pointers.
    (0..size_of::<T>())
        .map(|i| unsafe { *start.add(i) })
        .collect()
}

const SHOW: &str = r#"
#include <kizuna/kizuna.h>
#include <stdio.h>
static void show(const char* what, size_t offset, size_t size, const void* bytes) {
    printf("%s %zu %zu ", what, offset, size);
    for (size_t i = 0; i < size; ++i) printf("%02x", ((const unsigned char*)bytes)[i]);
    printf("\n");
}
"#;

/// Adds a structure's size, and each field's place, size and initial value, to both sides.
macro_rules! structure {
    ($program:ident, $expected:ident, $name:ident = $init:literal { $($field:ident)* }) => {
        let value = $name::INIT;
        let name = stringify!($name);
        writeln!($program, "static const {name} a_{name} = {};", $init).unwrap();
        writeln!($program, "static void show_{name}(void) {{").unwrap();
        writeln!($program, "printf(\"{name} %zu\\n\", sizeof({name}));").unwrap();
        writeln!($expected, "{name} {}", size_of::<$name>()).unwrap();
        $(
            let field = stringify!($field);
            writeln!($program, "show(\"{name}.{field}\", offsetof({name}, {field}), \
                sizeof(a_{name}.{field}), &a_{name}.{field});").unwrap();
            let offset = &value.$field as *const _ as usize - &value as *const _ as usize;
            let digits: String =
                bytes_of(&value.$field).iter().map(|byte| format!("{byte:02x}")).collect();
            let size = size_of_val(&value.$field);
            writeln!($expected, "{name}.{field} {offset} {size} {digits}").unwrap();
        )*
        writeln!($program, "}}").unwrap();
    };
}

#[test]
fn structures_lie_in_memory_as_in_c_and_begin_the_same() {
    let mut program = SHOW.to_string();
    let mut expected = String::new();
    structure!(program, expected, kizuna_engine_options = "KIZUNA_ENGINE_OPTIONS_INIT" {
        size provider device threads precision
    });
    structure!(program, expected, kizuna_options = "KIZUNA_OPTIONS_INIT" {
        size scale width height fit tile overlap blend tta syncgap max_pixels
    });
    structure!(program, expected, kizuna_encoding = "KIZUNA_ENCODING_INIT" {
        size format quality effort lossless overwrite
    });
    structure!(program, expected, kizuna_jobs_options = "KIZUNA_JOBS_OPTIONS_INIT" {
        size devices device_count running_per_device waiting cache_folder cache_bytes
        cache_age_s
    });
    structure!(program, expected, kizuna_job = "KIZUNA_JOB_INIT" {
        size model input_path input_data input_size input_pixels output_path encoding options priority key
        time_out_ms deadline_ms progress user
    });
    structure!(program, expected, kizuna_pixels = "{0}" {
        width height channels sample stride_bytes data
    });
    structure!(program, expected, kizuna_job_report = "{0}" {
        id key state status error path data data_size pixels width height provider from_cache
        waited_seconds ran_seconds decode_seconds engine_seconds encode_seconds
    });
    let shown: Vec<&str> = expected
        .lines()
        .filter(|line| !line.contains('.'))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let calls: String = shown
        .iter()
        .map(|name| format!("show_{name}();\n"))
        .collect();
    writeln!(program, "int main(void) {{\n{calls}return 0; }}").unwrap();
    assert_eq!(printed_by("structures", &program), expected);
}

/// Rust's name of a type in C.
fn in_c(rust: &str) -> String {
    let rust = rust.trim();
    if let Some(pointee) = rust.strip_prefix("*mut ") {
        return in_c(pointee) + "*";
    }
    if let Some(pointee) = rust.strip_prefix("*const ") {
        return format!("const {}*", in_c(pointee));
    }
    match rust {
        "c_char" => "char",
        "c_void" => "void",
        "c_int" => "int",
        "usize" => "size_t",
        "u64" => "uint64_t",
        "i64" => "int64_t",
        own if own.starts_with("kizuna_") => own,
        other => panic!("{other} has no known counterpart in C"),
    }
    .to_string()
}

/// `name` and the prototype in C of each function that this crate declares.
fn prototypes() -> Vec<(String, String)> {
    let source = include_str!("../src/lib.rs");
    let declared = source.split("extern \"C\" {\n").nth(1).unwrap();
    let mut all = Vec::new();
    for function in declared.split(';').filter(|text| text.contains("pub fn ")) {
        let text = function.split("pub fn ").nth(1).unwrap();
        let (name, rest) = text.split_once('(').unwrap();
        let (parameters, result) = rest.rsplit_once(')').unwrap();
        let parameters: Vec<String> = parameters
            .split(',')
            .filter_map(|parameter| parameter.split_once(':'))
            .map(|(_, kind)| in_c(kind))
            .collect();
        let result = result.trim().strip_prefix("->").map_or("void".into(), in_c);
        let parameters = if parameters.is_empty() {
            "void".into()
        } else {
            parameters.join(", ")
        };
        all.push((name.into(), format!("{result} {name}({parameters});")));
    }
    all
}

/// A declaration that contradicts the header's is an error in C.
#[test]
fn functions_are_declared_as_in_c() {
    let declarations: String = prototypes()
        .into_iter()
        .map(|(_, text)| text + "\n")
        .collect();
    let program =
        format!("#include <kizuna/kizuna.h>\n{declarations}int main(void) {{ return 0; }}\n");
    printed_by("functions", &program);
}

#[test]
fn every_function_that_the_library_exports_is_declared() {
    let mut declared: Vec<String> = prototypes().into_iter().map(|(name, _)| name).collect();
    declared.sort();
    let symbols = std::fs::read_to_string(root().join("src/api/c/symbols.txt")).unwrap();
    let exported: Vec<&str> = symbols
        .lines()
        .map(|line| line.split('@').next().unwrap())
        .collect();
    assert_eq!(declared, exported);
}

#[test]
fn constants_have_the_values_that_they_have_in_c() {
    let source = include_str!("../src/lib.rs");
    let mut program = String::from("#include <kizuna/kizuna.h>\n");
    let mut count = 0;
    for line in source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const "))
    {
        let (name, value) = line.split_once(':').unwrap();
        let value = value.split_once("= ").unwrap().1;
        writeln!(
            program,
            "_Static_assert({name} == {value} \"{name}\");",
            value = value.replace(';', ",")
        )
        .unwrap();
        count += 1;
    }
    assert!(count >= 24);
    program += "int main(void) { return 0; }\n";
    printed_by("constants", &program);
}

#[test]
fn the_library_is_the_one_that_the_header_belongs_to() {
    let version = unsafe { std::ffi::CStr::from_ptr(kizuna_version()) };
    assert_eq!(version.to_str(), Ok(env!("CARGO_PKG_VERSION")));
    let name = unsafe { std::ffi::CStr::from_ptr(kizuna_status_name(KIZUNA_BAD_NETWORK)) };
    assert_eq!(name.to_str(), Ok("bad_network"));
}
