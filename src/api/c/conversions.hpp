#pragma once

#include "kizuna/kizuna.h"
#include "kizuna/kizuna.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>

// Between the C interface's structures and those of C++. What cannot be is Error{invalid_argument}.
namespace kizuna::c {

kizuna_status status_of(ErrorCode code) noexcept;

/// Options as this library knows them, whatever version of the header the caller was built with: fields that
/// the caller does not have keep their defaults, and so do all where `given` is NULL.
template <typename Options>
Options known_options(const Options* given, Options defaults) {
    if (given == nullptr) {
        return defaults;
    }
    if (given->size < sizeof(given->size) || given->size % alignof(Options) != 0) {
        throw Error(
            ErrorCode::invalid_argument,
            "options do not begin with their size: initialise them by their _INIT macro");
    }
    const std::size_t size = std::min(given->size, sizeof(Options));
    std::memcpy(&defaults, given, size);
    return defaults;
}

/// Throws where it is NULL; `what` says what it is.
std::filesystem::path path_of(const char* text, const char* what);

UpscaleOptions upscale_options(const kizuna_options* options);
EngineOptions engine_options(const kizuna_engine_options* options);
EncodeSettings encode_settings(const kizuna_encoding* encoding);
FileOptions file_options(const kizuna_encoding* encoding);

/// The host's own memory.
ImageView view_of(const kizuna_pixels* pixels);

/// A view of the image's memory.
kizuna_pixels pixels_of(const Image& image) noexcept;

} // namespace kizuna::c
