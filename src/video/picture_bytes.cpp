#include "video/picture_bytes.hpp"

#include "codec/codec.hpp"
#include "service/picture_file.hpp"

#include <utility>

namespace kizuna::video {

void check_picture(std::uint32_t width, std::uint32_t height, const std::filesystem::path& name) {
    check_sides(output_format({}, name, ImageFormat::png), width, height);
}

std::vector<std::byte> encoded_picture(const Image& image, const std::filesystem::path& name) {
    const ImageFormat format = output_format({}, name, ImageFormat::png);
    check_sides(format, image.width(), image.height());
    MemoryOutput out;
    const auto rows = make_storable(rows_of_borrowed(image), format);
    const auto sink = open_encoder(format, out, rows->info(), encode_options(format, {}));
    copy_rows(*rows, *sink);
    return std::move(out.bytes());
}

} // namespace kizuna::video
