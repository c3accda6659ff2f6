#!/usr/bin/env bash
# test_install.sh SOURCE BUILD
set -euo pipefail
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

cmake --install "$build" --prefix "$prefix" >"$work/log" || { cat "$work/log"; exit 1; }
moved=$work/moved # nothing may depend on where it was first installed
mv "$prefix" "$moved"

echo "== the program finds its library, its engine and its networks"
"$moved/bin/kizuna" models | grep realesr-animevideov3-x2
"$moved/bin/kizuna" upscale "$source/examples/sprite.png" -o "$work/program.png"
test -s "$work/program.png"

echo "== the example, by CMake"
cmake -S "$source/examples/cpp" -B "$work/example" -DCMAKE_PREFIX_PATH="$moved" >"$work/log" || { cat "$work/log"; exit 1; }
cmake --build "$work/example"
"$work/example/upscale" "$source/examples/sprite.png" "$work/example.png"
cmp "$work/program.png" "$work/example.png"

echo "== the example, by pkg-config"
export PKG_CONFIG_PATH=$moved/lib/pkgconfig
# shellcheck disable=SC2046
"${CXX:-c++}" -std=c++20 -Wall -Wextra -Wpedantic -Werror "$source/examples/cpp/upscale.cpp" -o "$work/by-pkg-config" \
    $(pkg-config --cflags --libs kizuna)
LD_LIBRARY_PATH=$moved/lib "$work/by-pkg-config" "$source/examples/sprite.png" "$work/by-pkg-config.png"
cmp "$work/program.png" "$work/by-pkg-config.png"

echo "== the example in C, by pkg-config"
# shellcheck disable=SC2046
"${CC:-cc}" -std=c11 -Wall -Wextra -pedantic -Werror "$source/examples/c/upscale.c" -o "$work/in-c" \
    $(pkg-config --cflags --libs kizuna)
LD_LIBRARY_PATH=$moved/lib "$work/in-c" "$source/examples/sprite.png" "$work/in-c.png"
cmp "$work/program.png" "$work/in-c.png"
echo '#include <kizuna/kizuna.h>' | "${CC:-cc}" -std=c11 -Wall -Wextra -pedantic -Werror -fsyntax-only -I"$moved/include" -x c -

echo "== the C interface has the functions that it is known to have, and no others"
diff "$source/src/api/c/symbols.txt" <(nm -D --defined-only "$moved/lib/libkizuna.so" | sed -n 's/.* T \(kizuna_.*@@.*\)/\1/p' | LC_ALL=C sort) || {
    echo "src/api/c/symbols.txt says what programs rely on: change it on purpose only"
    exit 1
}

echo "== each public header compiles alone"
for header in "$moved"/include/kizuna/*.hpp; do
    echo "#include <kizuna/$(basename "$header")>" |
        "${CXX:-c++}" -std=c++20 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$moved/include" -x c++ -
done

echo "== nothing but kizuna is exported"
if nm -DC --defined-only "$moved/lib/libkizuna.so" | awk '$2 ~ /[TDBR]/' | cut -d' ' -f3- |
    grep -vE '^((vtable for |typeinfo |typeinfo name for )?kizuna::|kizuna_|KIZUNA_0)'; then
    echo "the names above are exported and should not be"
    exit 1
fi
