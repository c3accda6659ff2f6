#include "kizuna/image.hpp"

#include "base/checked.hpp"

#include <new>
#include <utility>

#include <fmt/format.h>

namespace kizuna {

namespace {

std::size_t checked_bytes(const ImageInfo& info) {
    if (info.width == 0 || info.height == 0) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("a picture of {}×{} pixels has no pixels", info.width, info.height));
    }
    if (info.format.channels < 1 || info.format.channels > 4) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("a picture has 1 to 4 channels, not {}", info.format.channels));
    }
    const auto row =
        checked_mul<std::size_t>(info.width, info.format.bytes_per_pixel(), "the picture's width");
    return checked_mul<std::size_t>(row, info.height, "the picture");
}

} // namespace

Image::Image(ImageInfo info)
    : info_(std::move(info)) {
    const std::size_t bytes = checked_bytes(info_);
    try {
        pixels_.resize(bytes);
    } catch (const std::exception&) { // bad_alloc, or length_error above half the address space
        throw Error(
            ErrorCode::out_of_memory,
            fmt::format("no memory for a picture of {}×{} pixels", info_.width, info_.height));
    }
}

} // namespace kizuna
