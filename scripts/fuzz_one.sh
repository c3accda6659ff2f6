#!/usr/bin/env bash
# fuzz_one.sh TARGET SECONDS: runs one fuzz target from its corpus; new inputs go to build/, a crash is printed with its file.
# FUZZ_SEED makes runs alike; without it each is another.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1 seconds=$2
found=build/fuzz/found/$target
output=$found.log
mkdir -p "$found"
if build/fuzz/bin/"${target}_fuzz" -max_total_time="$seconds" -timeout=60 -seed="${FUZZ_SEED:-0}" -rss_limit_mb=3000 -malloc_limit_mb=2000 \
    -max_len=65536 -print_final_stats=1 -artifact_prefix="$found-" "$found" "tests/fuzz/corpus/$target" >"$output" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$output")
    echo "fuzz $target: $runs inputs, no crash"
else
    tail -n 40 "$output" >&2
    echo "fuzz $target: failed; the input is in $found-*, the whole output in $output" >&2
    exit 255 # xargs stops
fi
