#include "codec/whole_picture.hpp"

#include "base/checked.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace kizuna::codec {

void WholeDecoder::read_row(std::span<std::byte> row) {
    if (next_row_ == 0) {
        picture_ =
            Image({.width = info_.width, .height = info_.height, .format = info_.format, .metadata = {}});
        decode(picture_);
    }
    std::ranges::copy(picture_.row(next_row_), row.begin());
    if (++next_row_ == info_.height) {
        picture_ = Image();
    }
}

void WholeEncoder::write_row(std::span<const std::byte> row) {
    std::ranges::copy(row, picture_.row(next_row_++).begin());
}

void WholeEncoder::finish() {
    encode(picture_);
    picture_ = Image();
}

std::vector<std::byte> read_whole_file(InputStream& in) {
    constexpr std::uint64_t riff_limit = std::uint64_t{1} << 32U;
    return read_all(in, riff_limit);
}

std::vector<std::byte>
metadata_blob(const void* data, std::uint64_t bytes, const DecodeLimits& limits, std::string_view what) {
    if (bytes > limits.max_metadata_bytes) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format(
                "the file's {} has {} bytes; {} are allowed", what, bytes, limits.max_metadata_bytes));
    }
    const auto* const begin = static_cast<const std::byte*>(data);
    return {begin, begin + bytes};
}

} // namespace kizuna::codec
