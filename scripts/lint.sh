#!/usr/bin/env bash
# lint.sh ONNXRUNTIME_ROOT: clang-format, rustfmt, clippy and clang-tidy over everything, changing nothing. Called by ./dev lint.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run --Werror
(
    cd bindings/rust
    cargo fmt --check
    # Nothing is linked, but the build script wants to know a folder.
    KIZUNA_LIB_DIR=$PWD CARGO_TARGET_DIR=../../build/lint/rust cargo clippy --quiet --offline --locked --workspace --all-targets -- -D warnings
)
# clang reads compile commands of its own: gcc's know warnings that clang does not.
cmake -S . -B build/lint -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
    -DONNXRUNTIME_ROOT="$1" >/dev/null
# Tests are left out: GoogleTest's macros are made of what the checks forbid.
# Benchmarks are too: they own what the analyzer takes for leaks, through Google Benchmark's registry.
git ls-files 'src/*.cpp' 'apps/*.cpp' | grep -v -e '_test\.cpp$' -e /absent.cpp |
    xargs -P "$(nproc)" -n 4 clang-tidy -p build/lint --quiet 2> >(grep -v 'warnings\? generated' >&2)
