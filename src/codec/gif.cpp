#include "codec/codecs.hpp"
#include "codec/gif_file.hpp"
#include "codec/grey_palette.hpp"
#include "codec/whole_picture.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace kizuna::codec {

namespace {

constexpr PixelFormat rgba{.channels = 4, .sample = SampleType::u8};
constexpr PixelFormat rgb{.channels = 3, .sample = SampleType::u8};
constexpr PixelFormat grey{.channels = 1, .sample = SampleType::u8};

using Colour = std::array<std::byte, 4>;

/// All 256 that an index can name; those beyond the file's are black.
std::array<Colour, 256> make_palette(const GifReader& gif, int transparent) {
    const ColorMapObject* const map = gif->Image.ColorMap != nullptr ? gif->Image.ColorMap : gif->SColorMap;
    if (map == nullptr) {
        throw Error(ErrorCode::corrupt, "a frame of the GIF file has no palette");
    }
    std::array<Colour, 256> palette;
    palette.fill({std::byte{0}, std::byte{0}, std::byte{0}, std::byte{255}});
    const std::size_t count = std::min(palette.size(), static_cast<std::size_t>(map->ColorCount));
    for (std::size_t i = 0; i < count; ++i) {
        const GifColorType& colour = map->Colors[i];
        palette[i] = {std::byte{colour.Red}, std::byte{colour.Green}, std::byte{colour.Blue}, std::byte{255}};
    }
    if (transparent >= 0 && std::cmp_less(transparent, palette.size())) {
        palette[static_cast<std::size_t>(transparent)] = {};
    }
    return palette;
}

/// The order in which a frame's rows are stored: interlaced, every eighth row first, then those between, and
/// so on.
std::vector<std::uint32_t> row_order(const FrameArea& area, bool is_interlaced) {
    struct Pass {
        std::uint32_t first;
        std::uint32_t step;
    };

    constexpr std::array<Pass, 4> interlaced{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
    constexpr std::array<Pass, 1> plain{{{0, 1}}};
    const std::span<const Pass> passes = is_interlaced ? std::span<const Pass>(interlaced) : plain;
    std::vector<std::uint32_t> order;
    for (const Pass& pass : passes) {
        for (std::uint32_t y = pass.first; y < area.height; y += pass.step) {
            order.push_back(y);
        }
    }
    return order;
}

/// Composes the frames, one after the other.
class GifFrames final : public FrameSource {
  public:
    GifFrames(std::vector<std::byte> file, const ImageInfo& info, Animation animation)
        : FrameSource(info, std::move(animation))
        , file_(std::move(file))
        , gif_(file_)
        , canvas_(info) {}

    const Image& next_frame() override {
        const auto control = gif_.next_frame();
        if (!control) {
            throw Error(ErrorCode::internal, "the GIF file has fewer frames than were counted");
        }
        const std::array<Colour, 256> palette = make_palette(gif_, control->transparent);
        const FrameArea area = gif_.area();
        canvas_.begin_frame(area, control->disposal);
        std::vector<GifPixelType> indices(area.width);
        std::vector<std::byte> row(area.width * rgba.bytes_per_pixel());
        for (const std::uint32_t y : row_order(area, gif_->Image.Interlace)) {
            gif_.read_row(indices);
            std::byte* to = row.data();
            for (const GifPixelType index : indices) {
                to = std::copy_n(palette[index].begin(), rgba.channels, to);
            }
            canvas_.draw_row(y, row, rgba, FrameBlend::over);
        }
        return canvas_.picture();
    }

  private:
    std::vector<std::byte> file_;
    GifReader gif_; // reads file_
    Canvas canvas_;
};

class GifDecoder final : public WholeDecoder {
  public:
    GifDecoder(std::vector<std::byte> file, const DecodeLimits& limits)
        : WholeDecoder(ImageFormat::gif)
        , file_(std::move(file)) {
        GifReader gif(file_);
        auto control = gif.next_frame();
        if (!control) {
            throw Error(ErrorCode::corrupt, "the GIF file holds no picture");
        }
        set_info(gif, *control, limits);
        const bool is_grey =
            info_.format == rgb && reads_as_grey(make_palette(gif, control->transparent), {});
        Animation found;
        for (; control; control = gif.next_frame()) {
            found.delays.push_back(frame_delay(control->delay, 100));
            check_frame_count(found.delays.size(), limits);
            const FrameArea area = gif.area();
            check_dimensions(area.width, area.height, limits); // pixels beyond the canvas take time, too
            shows_through_ = shows_through_ || control->disposal == Disposal::clear ||
                             (control->disposal == Disposal::restore && found.delays.size() == 1);
            gif.skip_pixels();
        }
        found.plays = gif.plays();
        set_animation(std::move(found));
        // Later frames of an animation may have palettes of their own.
        if (is_grey && !animation()) {
            info_.format = grey;
        }
    }

    std::unique_ptr<FrameSource> take_frames() override {
        ImageInfo info = info_;
        info.format = shows_through_ ? rgba : info_.format;
        return std::make_unique<GifFrames>(std::move(file_), info, *animation());
    }

  private:
    // Some files have a frame that is larger than their screen; the canvas then grows, as browsers have it.
    void set_info(const GifReader& gif, const GifControl& control, const DecodeLimits& limits) {
        const FrameArea area = gif.area();
        info_.width = std::max(static_cast<std::uint32_t>(std::max(gif->SWidth, 0)), area.x + area.width);
        info_.height = std::max(static_cast<std::uint32_t>(std::max(gif->SHeight, 0)), area.y + area.height);
        check_dimensions(info_.width, info_.height, limits);
        const bool covered = area.width == info_.width && area.height == info_.height;
        info_.format = control.transparent != NO_TRANSPARENT_COLOR || !covered ? rgba : rgb;
    }

    // Where the frame does not cover the canvas, the canvas is transparent.
    void decode(Image& picture) override {
        ImageInfo composed = info_;
        composed.format = info_.format == grey ? rgb : info_.format;
        GifFrames frames(std::move(file_), composed, {});
        if (info_.format == grey) {
            keep_red(frames.next_frame(), picture);
        } else {
            picture = frames.next_frame();
        }
    }

    /// Of a grey picture in RGB.
    static void keep_red(const Image& from, Image& to) {
        for (std::size_t i = 0; i < to.pixels().size(); ++i) {
            to.pixels()[i] = from.pixels()[rgb.channels * i];
        }
    }

    std::vector<std::byte> file_;
    bool shows_through_ = false; ///< a later frame lets through what is behind the first
};

} // namespace

std::unique_ptr<Decoder> open_gif(std::unique_ptr<InputStream> in, const DecodeLimits& limits) {
    return std::make_unique<GifDecoder>(read_whole_file(*in), limits);
}

} // namespace kizuna::codec
