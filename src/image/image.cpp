#include "kizuna/image.hpp"

#include "base/checked.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
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

/// The stride that is meant, if rows of it fit one below the other into an address space.
std::ptrdiff_t checked_stride(const ImageInfo& info, std::ptrdiff_t stride_bytes) {
    (void)checked_bytes(info);
    const std::size_t row = info.row_bytes();
    if (stride_bytes == 0) {
        return static_cast<std::ptrdiff_t>(row);
    }
    const std::size_t apart = stride_bytes < 0 ? std::size_t{0} - static_cast<std::size_t>(stride_bytes)
                                               : static_cast<std::size_t>(stride_bytes);
    if (apart < row) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("rows of {} bytes cannot be {} bytes apart", row, stride_bytes));
    }
    if (apart > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / info.height) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("{} rows {} bytes apart do not fit into memory", info.height, stride_bytes));
    }
    return stride_bytes;
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

ImageView::ImageView(const Image& image)
    : info_(image.info())
    , first_row_(image.pixels().data())
    , stride_bytes_(static_cast<std::ptrdiff_t>(image.info().row_bytes())) {}

Image ImageView::copy() const {
    Image image(info_);
    for (std::uint32_t y = 0; y < info_.height; ++y) {
        std::ranges::copy(row(y), image.row(y).begin());
    }
    return image;
}

ImageView::ImageView(ImageInfo info, const std::byte* first_row, std::ptrdiff_t stride_bytes)
    : info_(std::move(info))
    , first_row_(first_row)
    , stride_bytes_(checked_stride(info_, stride_bytes)) {
    if (first_row == nullptr) {
        throw Error(ErrorCode::invalid_argument, "no pixels were given: a null pointer");
    }
}

} // namespace kizuna
