# What each verb of ./dev needs from Debian. Sourced by ./dev.

build_packages=(
    ca-certificates cmake g++ git ninja-build pkg-config
    libavcodec-dev libavfilter-dev libavformat-dev libavif-dev libavutil-dev libcli11-dev libdnnl-dev libfmt-dev libgif-dev libjpeg-dev libjxl-dev liblcms2-dev libminizip-dev libonnx-dev
    libpng-dev libprotobuf-dev libsqlite3-dev libssl-dev libswscale-dev libtiff-dev libvulkan-dev libwebp-dev nlohmann-json3-dev protobuf-compiler zlib1g-dev
    ocl-icd-opencl-dev libbenchmark-dev libgmock-dev libgtest-dev librapidcheck-dev
)
test_packages=(
    cargo clang ffmpeg libclang-rt-14-dev libgomp1 libopenblas0-pthread libvulkan1 mesa-vulkan-drivers
    pybind11-dev python3-dev python3-numpy python3-pil python3-pip python3-setuptools python3-venv python3-wheel
)
lint_packages=(cargo clang clang-format clang-tidy rust-clippy rustfmt)

missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -q '^installed' || echo "$package"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# need_packages NAME…: installs those that are missing; does nothing, quickly, where none is.
need_packages() {
    command -v dpkg-query >/dev/null || return 0 # not a Debian: the build says itself what it lacks
    local missing
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    say "installing" $missing
    # shellcheck disable=SC2086
    if ! { as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq \
        --no-install-recommends $missing; } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        fail "could not install Debian packages; as root: apt-get update && apt-get install" $missing
    fi
}
