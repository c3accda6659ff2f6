#include "base/atomic_file.hpp"
#include "base/cancel.hpp"
#include "base/checked.hpp"
#include "base/stopwatch.hpp"
#include "video/colour.hpp"
#include "video/decoder.hpp"
#include "video/picture_bytes.hpp"
#include "video/side_by_side.hpp"
#include "video/video.hpp"

#include <algorithm>
#include <cmath>

namespace kizuna::video {

namespace {

constexpr std::uint32_t pictures = 12;
constexpr std::uint32_t columns = 3;
/// As wide as lets three of them, or six halves, be seen on a screen.
constexpr std::uint32_t widest_cell_px = 640;
constexpr std::uint32_t gap_px = 8;

std::uint64_t duration_us(const std::filesystem::path& input) {
    const double seconds = MediaInput(input).duration_seconds();
    constexpr double longest = 1e9; // thirty years
    if (!(seconds > 0) || seconds > longest) {
        throw Error(
            ErrorCode::unsupported, "the video does not say how long it is, which a contact sheet needs");
    }
    return static_cast<std::uint64_t>(std::llround(seconds * AV_TIME_BASE));
}

/// The first picture of a twelfth; nothing where the video has ended.
std::optional<Image>
picture_at(const std::filesystem::path& input, std::int64_t us, const VideoOptions& options) {
    constexpr std::int64_t rounding_us = 1000; // of times in many files
    VideoDecoder decoder(
        input, {.window = {std::max<std::int64_t>(us - rounding_us, 0), {}},
                .deinterlace = options.deinterlace,
                .max_pixels = options.upscale.max_pixels});
    const FramePtr frame = decoder.next();
    return frame ? std::optional(FrameReader(*frame, traits_of(*frame)).read(*frame)) : std::nullopt;
}

Image upscaled(FrameUpscaler& upscaler, const Image& picture, const VideoRun& run) {
    TileMemory memory(0);
    FrameUpscaler::Work work;
    Image result =
        upscaler.upscale(picture, run.options.upscale, upscaler.tile_limits(), memory, work, run.cancel);
    const std::uint32_t width = std::min(result.width(), widest_cell_px);
    const auto height = static_cast<std::uint32_t>(
        std::max<std::uint64_t>(1, std::uint64_t{result.height()} * width / result.width()));
    const Image cell = resized(result, width, height);
    return run.options.compare ? side_by_side(resized(picture, width, height), cell) : cell;
}

class Sheet {
  public:
    explicit Sheet(const ImageInfo& cell)
        : cell_(cell) {
        ImageInfo info = cell;
        info.width = columns * (cell.width + gap_px) + gap_px;
        info.height = pictures / columns * (cell.height + gap_px) + gap_px;
        picture_ = Image(info);
    }

    void place(const Image& picture, std::uint32_t number) {
        // Sizes may change within a video.
        const Image cell = resized(picture, cell_.width, cell_.height);
        const std::uint32_t left = number % columns * (cell.width() + gap_px) + gap_px;
        const std::uint32_t top = number / columns * (cell.height() + gap_px) + gap_px;
        const std::size_t offset = left * cell.format().bytes_per_pixel();
        for (std::uint32_t y = 0; y < cell.height(); ++y) {
            const auto row = cell.row(y);
            std::copy(row.begin(), row.end(), picture_.row(top + y).subspan(offset).begin());
        }
    }

    [[nodiscard]] const Image& picture() const { return picture_; }

  private:
    ImageInfo cell_;
    Image picture_;
};

} // namespace

void write_contact_sheet(
    FrameUpscaler& upscaler, const std::filesystem::path& input, const std::filesystem::path& output,
    const VideoRun& run) {
    const Stopwatch watch;
    check_picture(1, 1, output);
    AtomicFile file(
        output, run.options.overwrite ? AtomicFile::IfExists::replace : AtomicFile::IfExists::fail);
    const std::uint64_t length = duration_us(input);
    std::optional<Sheet> sheet;
    for (std::uint32_t i = 0; i < pictures; ++i) {
        throw_if_cancelled(run.cancel);
        const auto us = static_cast<std::int64_t>(length * i / pictures);
        if (const auto picture = picture_at(input, us, run.options)) {
            const Image cell = upscaled(upscaler, *picture, run);
            if (!sheet) {
                sheet.emplace(cell.info());
                check_picture(sheet->picture().width(), sheet->picture().height(), output);
            }
            sheet->place(cell, i);
        }
        if (run.progress) {
            run.progress({i + 1U, pictures, 0, 0, watch.seconds()});
        }
    }
    if (!sheet) {
        throw Error(ErrorCode::corrupt, "no picture of the video can be decoded");
    }
    const std::vector<std::byte> bytes = encoded_picture(sheet->picture(), output);
    file.write(bytes);
    file.commit();
}

} // namespace kizuna::video
