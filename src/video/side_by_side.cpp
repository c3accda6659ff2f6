#include "video/side_by_side.hpp"

#include "image/convert.hpp"
#include "image/resample.hpp"
#include "image/rows.hpp"

#include <algorithm>

namespace kizuna::video {

Image resized(const Image& picture, std::uint32_t width, std::uint32_t height) {
    const PixelFormat format = picture.format();
    auto rows = convert_format(rows_of_borrowed(picture), {format.channels, SampleType::f32});
    rows = resample(std::move(rows), width, height, Filter::lanczos3);
    return read_image(*convert_format(std::move(rows), format));
}

Image side_by_side(const Image& left, const Image& right) {
    ImageInfo info = left.info();
    info.width *= 2;
    Image both(info);
    for (std::uint32_t y = 0; y < info.height; ++y) {
        const auto after_left = std::copy(left.row(y).begin(), left.row(y).end(), both.row(y).begin());
        std::copy(right.row(y).begin(), right.row(y).end(), after_left);
    }
    return both;
}

} // namespace kizuna::video
