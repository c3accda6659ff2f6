#!/usr/bin/env bash
# test_rust.sh CRATES LIBRARY_FOLDER TARGET_FOLDER: the crates' tests, with nothing but cargo.
set -euo pipefail
export KIZUNA_LIB_DIR=$2 CARGO_TARGET_DIR=$3
if ! command -v cargo >/dev/null; then
    echo "skipped: there is no cargo"
    exit 77
fi
cd "$1"
cargo test --offline --locked --workspace
