#!/usr/bin/env bash
# clang-format and clang-tidy over everything, changing nothing. Called by ./dev lint.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run --Werror
# clang reads its own compile commands: gcc's know warnings that clang does not.
cmake -S . -B build/lint -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
    -DONNXRUNTIME_ROOT="$1" >/dev/null
git ls-files 'src/*.cpp' 'apps/*.cpp' | grep -v '_test\.cpp$' |
    xargs -P "$(nproc)" -n 4 clang-tidy -p build/lint --quiet 2>/dev/null
