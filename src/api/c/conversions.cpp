#include "api/c/conversions.hpp"

#include <fmt/format.h>

namespace kizuna::c {

namespace {

[[noreturn]] void refuse(const std::string& message) {
    throw Error(ErrorCode::invalid_argument, message);
}

std::optional<int> given(int number) {
    return number == -1 ? std::nullopt : std::optional(number);
}

/// The enumerator with this number, of those from 0 to `last`.
template <typename Enum>
Enum numbered(int number, Enum last, const char* what) {
    if (number < 0 || number > static_cast<int>(last)) {
        refuse(fmt::format("there is no {} {}", what, number));
    }
    return static_cast<Enum>(number);
}

} // namespace

kizuna_status status_of(ErrorCode code) noexcept {
    switch (code) {
    case ErrorCode::invalid_argument:
        return KIZUNA_INVALID_ARGUMENT;
    case ErrorCode::not_found:
        return KIZUNA_NOT_FOUND;
    case ErrorCode::already_exists:
        return KIZUNA_ALREADY_EXISTS;
    case ErrorCode::io:
        return KIZUNA_IO;
    case ErrorCode::corrupt:
        return KIZUNA_CORRUPT;
    case ErrorCode::unsupported:
        return KIZUNA_UNSUPPORTED;
    case ErrorCode::limit_exceeded:
        return KIZUNA_LIMIT_EXCEEDED;
    case ErrorCode::out_of_memory:
        return KIZUNA_OUT_OF_MEMORY;
    case ErrorCode::device_unavailable:
        return KIZUNA_DEVICE_UNAVAILABLE;
    case ErrorCode::engine_failed:
        return KIZUNA_ENGINE_FAILED;
    case ErrorCode::bad_network:
        return KIZUNA_BAD_NETWORK;
    case ErrorCode::cancelled:
        return KIZUNA_CANCELLED;
    case ErrorCode::internal:
        break;
    }
    return KIZUNA_INTERNAL;
}

std::filesystem::path path_of(const char* text, const char* what) {
    if (text == nullptr || *text == '\0') {
        refuse(fmt::format("no path was given for {}", what));
    }
    return text;
}

UpscaleOptions upscale_options(const kizuna_options* options) {
    const auto known = known_options<kizuna_options>(options, KIZUNA_OPTIONS_INIT);
    UpscaleOptions result;
    result.scale = known.scale;
    result.width_px = known.width;
    result.height_px = known.height;
    result.fit = known.fit != 0;
    result.tile_px = known.tile;
    result.overlap_px = known.overlap;
    result.blend = numbered(known.blend, Blend::feather, "way to blend tiles");
    result.tta = known.tta != 0;
    result.syncgap = known.syncgap;
    result.max_pixels = known.max_pixels;
    return result;
}

EngineOptions engine_options(const kizuna_engine_options* options) {
    const auto known = known_options<kizuna_engine_options>(options, KIZUNA_ENGINE_OPTIONS_INIT);
    EngineOptions result;
    result.provider = known.provider != nullptr ? known.provider : "auto";
    result.device = known.device;
    result.threads = known.threads;
    result.precision = numbered(known.precision, Precision::fp16, "precision");
    return result;
}

EncodeSettings encode_settings(const kizuna_encoding* encoding) {
    const auto known = known_options<kizuna_encoding>(encoding, KIZUNA_ENCODING_INIT);
    EncodeSettings result;
    result.format = known.format != nullptr ? known.format : "";
    result.quality = given(known.quality);
    result.effort = given(known.effort);
    result.lossless = known.lossless != 0;
    return result;
}

FileOptions file_options(const kizuna_encoding* encoding) {
    const auto known = known_options<kizuna_encoding>(encoding, KIZUNA_ENCODING_INIT);
    return {encode_settings(encoding), known.overwrite != 0};
}

ImageView view_of(const kizuna_pixels* pixels) {
    if (pixels == nullptr || pixels->data == nullptr) {
        refuse("no pixels were given: NULL");
    }
    constexpr std::uint32_t most_channels = 4;
    if (pixels->channels > most_channels) { // before it becomes 8 bits
        refuse(fmt::format("a picture has 1 to 4 channels, not {}", pixels->channels));
    }
    if (pixels->stride_bytes < 0) {
        refuse(fmt::format("rows cannot be {} bytes apart", pixels->stride_bytes));
    }
    ImageInfo info;
    info.width = pixels->width;
    info.height = pixels->height;
    info.format = {
        static_cast<std::uint8_t>(pixels->channels),
        numbered(pixels->sample, SampleType::f32, "kind of sample")};
    return {info, static_cast<const std::byte*>(pixels->data), pixels->stride_bytes};
}

kizuna_pixels pixels_of(const Image& image) noexcept {
    const SampleType type = image.format().sample;
    kizuna_pixels pixels{};
    pixels.width = image.width();
    pixels.height = image.height();
    pixels.channels = image.format().channels;
    pixels.sample = type == SampleType::u8 ? KIZUNA_U8 : type == SampleType::u16 ? KIZUNA_U16 : KIZUNA_F32;
    pixels.stride_bytes = static_cast<std::ptrdiff_t>(image.info().row_bytes());
    pixels.data = image.pixels().data();
    return pixels;
}

} // namespace kizuna::c
