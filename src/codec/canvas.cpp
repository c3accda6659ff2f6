#include "codec/canvas.hpp"

#include <algorithm>
#include <limits>

namespace kizuna::codec {

namespace {

/// Samples of a row, and where alpha is among those of a pixel.
template <typename Byte, typename Sample>
struct Pixels {
    Sample* at;
    std::size_t channels;
    std::size_t colours;

    Pixels(std::span<Byte> row, PixelFormat format)
        : at(reinterpret_cast<Sample*>(row.data()))
        , channels(format.channels)
        , colours(static_cast<std::size_t>(format.colour_channels())) {}

    [[nodiscard]] std::uint64_t alpha() const {
        return channels > colours ? at[colours] : std::numeric_limits<Sample>::max();
    }
};

/// "Over" for colours that are not premultiplied.
template <typename Sample, typename To, typename From>
void mix(const To& to, const From& from) {
    constexpr std::uint64_t most = std::numeric_limits<Sample>::max();
    const std::uint64_t alpha = from.alpha();
    const std::uint64_t above = alpha * most;
    const std::uint64_t below = to.alpha() * (most - alpha);
    const std::uint64_t sum = above + below;
    for (std::size_t c = 0; c < to.colours; ++c) {
        to.at[c] = static_cast<Sample>((from.at[c] * above + to.at[c] * below + sum / 2) / sum);
    }
    if (to.channels > to.colours) {
        to.at[to.colours] = static_cast<Sample>((sum + most / 2) / most);
    }
}

template <typename Sample>
void draw(
    std::span<std::byte> canvas, PixelFormat canvas_format, std::span<const std::byte> frame,
    PixelFormat frame_format, FrameBlend blend) {
    Pixels<std::byte, Sample> to(canvas, canvas_format);
    Pixels<const std::byte, const Sample> from(frame, frame_format);
    const std::size_t count = canvas.size() / canvas_format.bytes_per_pixel();
    for (std::size_t x = 0; x < count; ++x, to.at += to.channels, from.at += from.channels) {
        const std::uint64_t alpha = from.alpha();
        if (blend == FrameBlend::replace || alpha == std::numeric_limits<Sample>::max()) {
            std::copy_n(from.at, to.colours, to.at);
            if (to.channels > to.colours) {
                to.at[to.colours] = static_cast<Sample>(alpha);
            }
        } else if (alpha > 0) {
            mix<Sample>(to, from);
        }
    }
}

} // namespace

void Canvas::begin_frame(const FrameArea& area, Disposal disposal) {
    dispose();
    area_.x = std::min(area.x, picture_.width());
    area_.y = std::min(area.y, picture_.height());
    area_.width = std::min(area.width, picture_.width() - area_.x);
    area_.height = std::min(area.height, picture_.height() - area_.y);
    disposal_ = disposal;
    below_.clear();
    for (std::uint32_t y = 0; disposal == Disposal::restore && y < area_.height; ++y) {
        const auto row = row_of_area(y);
        below_.insert(below_.end(), row.begin(), row.end());
    }
}

void Canvas::draw_row(std::uint32_t y, std::span<const std::byte> row, PixelFormat format, FrameBlend blend) {
    if (y >= area_.height) {
        return;
    }
    if (picture_.format().sample == SampleType::u8) {
        draw<std::uint8_t>(row_of_area(y), picture_.format(), row, format, blend);
    } else {
        draw<std::uint16_t>(row_of_area(y), picture_.format(), row, format, blend);
    }
}

void Canvas::dispose() {
    const std::size_t row_bytes = area_.width * picture_.format().bytes_per_pixel();
    for (std::uint32_t y = 0; disposal_ != Disposal::keep && y < area_.height; ++y) {
        const auto row = row_of_area(y);
        if (disposal_ == Disposal::clear) {
            std::fill(row.begin(), row.end(), std::byte{0});
        } else {
            std::copy_n(below_.begin() + static_cast<std::ptrdiff_t>(y * row_bytes), row_bytes, row.begin());
        }
    }
}

std::span<std::byte> Canvas::row_of_area(std::uint32_t y) {
    const std::size_t pixel_bytes = picture_.format().bytes_per_pixel();
    return picture_.row(area_.y + y).subspan(area_.x * pixel_bytes, area_.width * pixel_bytes);
}

} // namespace kizuna::codec
