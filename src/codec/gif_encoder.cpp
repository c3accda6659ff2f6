#include "base/log.hpp"
#include "codec/canvas.hpp"
#include "codec/codecs.hpp"
#include "codec/frame_delays.hpp"
#include "codec/palette.hpp"
#include "codec/whole_picture.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <exception>
#include <limits>
#include <utility>

#include <gif_lib.h>

namespace kizuna::codec {

namespace {

constexpr std::uint32_t most_delay = std::numeric_limits<std::uint16_t>::max();
/// Browsers show frames of less than two hundredths for ten.
constexpr std::uint32_t least_rounded_delay = 2;
constexpr DelayUnit hundredths{
    .format = "GIF", .per_second = 100, .most = most_delay, .least_rounded = least_rounded_delay};

constexpr std::size_t most_colours = 256;
constexpr std::uint8_t opaque_from = 128;

/// A file that is being written by giflib.
class GifWriter {
  public:
    explicit GifWriter(OutputStream& out)
        : out_(out) {
        int error = 0;
        gif_ = EGifOpen(this, write, &error);
        if (gif_ == nullptr) {
            throw Error(ErrorCode::out_of_memory, "no memory to write the GIF file");
        }
    }

    GifWriter(const GifWriter&) = delete;
    GifWriter& operator=(const GifWriter&) = delete;

    ~GifWriter() {
        is_dropped_ = true;
        static_cast<void>(close());
    }

    [[nodiscard]] GifFileType* get() const noexcept { return gif_; }

    /// Throws where one of giflib's functions has failed.
    void check(int result) {
        if (failure_) {
            std::rethrow_exception(std::exchange(failure_, nullptr));
        }
        if (result != GIF_OK) {
            throw Error(ErrorCode::internal, "giflib cannot write this picture");
        }
    }

    void finish() { check(close()); }

  private:
    int close() noexcept {
        int error = 0;
        return gif_ == nullptr ? GIF_OK : EGifCloseFile(std::exchange(gif_, nullptr), &error);
    }

    static int write(GifFileType* gif, const GifByteType* bytes, int count) {
        auto& self = *static_cast<GifWriter*>(gif->UserData);
        if (self.is_dropped_) {
            return count;
        }
        try {
            self.out_.write(std::as_bytes(std::span(bytes, static_cast<std::size_t>(count))));
            return count;
        } catch (...) {
            self.failure_ = std::current_exception();
            return 0;
        }
    }

    OutputStream& out_;
    GifFileType* gif_;
    std::exception_ptr failure_;
    bool is_dropped_ = false;
};

/// A frame as it is drawn: a pixel that is transparent is `no_pixel`.
std::vector<std::uint32_t> pixels_of(const Image& frame) {
    const std::size_t channels = frame.format().channels;
    std::vector<std::uint32_t> pixels(std::size_t{frame.width()} * frame.height());
    const std::uint8_t* from = as_u8(frame.pixels());
    for (std::uint32_t& pixel : pixels) {
        const bool opaque = channels == 3 || from[3] >= opaque_from;
        pixel = opaque ? std::uint32_t{from[0]} << 16U | std::uint32_t{from[1]} << 8U | from[2] : no_pixel;
        from += channels;
    }
    return pixels;
}

/// Each frame is written as what differs from the one before, so that what stands still stays as it is drawn.
/// Where something vanishes, the frame before is disposed of: so a frame is written when the next one is
/// known.
class GifFrameSink final : public FrameSink {
  public:
    GifFrameSink(OutputStream& out, const ImageInfo& info, const Animation& animation)
        : writer_(out)
        , width_(info.width)
        , shown_(std::size_t{info.width} * info.height, no_pixel)
        , delays_(count_delays(animation, hundredths)) {
        EGifSetGifVersion(writer_.get(), true);
        constexpr int bits_per_colour = 8;
        writer_.check(EGifPutScreenDesc(
            writer_.get(), static_cast<int>(info.width), static_cast<int>(info.height), bits_per_colour, 0,
            nullptr));
        if (animation.plays != 1) {
            put_loop(animation.plays);
        }
    }

    void write_frame(const Image& frame) override {
        std::vector<std::uint32_t> pixels = pixels_of(frame);
        if (!next_.empty()) {
            put_frame(&pixels);
        }
        next_ = std::move(pixels);
    }

    void finish() override {
        put_frame(nullptr);
        writer_.finish();
    }

  private:
    /// The file says how often it is repeated: once less than it is shown.
    void put_loop(std::uint32_t plays) {
        constexpr std::uint32_t most_repeats = std::numeric_limits<std::uint16_t>::max();
        const std::uint32_t repeats = plays == 0 ? 0 : std::min(plays - 1, most_repeats);
        const std::array<GifByteType, 3> block{
            1, static_cast<GifByteType>(repeats & 255U), static_cast<GifByteType>(repeats >> 8U)};
        writer_.check(EGifPutExtensionLeader(writer_.get(), APPLICATION_EXT_FUNC_CODE));
        writer_.check(EGifPutExtensionBlock(writer_.get(), 11, "NETSCAPE2.0"));
        writer_.check(EGifPutExtensionBlock(writer_.get(), block.size(), block.data()));
        writer_.check(EGifPutExtensionTrailer(writer_.get()));
    }

    /// Writes `next_`, after which comes `following`, if anything.
    void put_frame(const std::vector<std::uint32_t>* following) {
        GrowingArea changed;
        if (frame_ == 0) { // some viewers put a colour where the first frame is not
            changed.include(0, 0);
            changed.include(width_ - 1, next_.size() / width_ - 1);
        }
        bool vanishes = false;
        for (std::size_t at = 0; at < next_.size(); ++at) {
            const bool goes = following != nullptr && next_[at] != no_pixel && (*following)[at] == no_pixel;
            vanishes = vanishes || goes;
            if (goes || next_[at] != shown_[at]) {
                changed.include(at % width_, at / width_);
            }
        }
        const FrameArea area = changed.area();
        put_pixels(area, vanishes);
        shown_.swap(next_);
        if (vanishes) {
            clear(area);
        }
    }

    void put_pixels(const FrameArea& area, bool vanishes) {
        std::vector<std::uint32_t> drawn;
        drawn.reserve(std::size_t{area.width} * area.height);
        for (std::size_t y = 0; y < area.height; ++y) {
            const std::size_t begin = begin_of_row(area, y);
            for (std::size_t at = begin; at < begin + area.width; ++at) {
                drawn.push_back(next_[at] == shown_[at] ? no_pixel : next_[at]);
            }
        }
        const bool holes = std::find(drawn.begin(), drawn.end(), no_pixel) != drawn.end();
        std::vector<std::uint32_t> palette = choose_palette(drawn, holes ? most_colours - 1 : most_colours);
        const std::size_t nothing = palette.size();
        if (holes) {
            palette.push_back(0);
        }
        put_control(holes ? static_cast<int>(nothing) : NO_TRANSPARENT_COLOR, vanishes);
        put_description(area, palette);
        std::vector<std::uint8_t> indices = dither(
            drawn, area.width, std::span(palette).first(std::max<std::size_t>(nothing, 1)),
            static_cast<std::uint8_t>(nothing));
        for (std::size_t y = 0; y < area.height; ++y) {
            writer_.check(
                EGifPutLine(writer_.get(), indices.data() + y * area.width, static_cast<int>(area.width)));
        }
    }

    void put_control(int nothing, bool vanishes) {
        const GraphicsControlBlock control{
            .DisposalMode = vanishes ? DISPOSE_BACKGROUND : DISPOSE_DO_NOT,
            .UserInputFlag = false,
            .DelayTime = static_cast<int>(delays_.at(frame_++)),
            .TransparentColor = nothing};
        std::array<GifByteType, 4> bytes{};
        EGifGCBToExtension(&control, bytes.data());
        writer_.check(EGifPutExtension(writer_.get(), GRAPHICS_EXT_FUNC_CODE, bytes.size(), bytes.data()));
    }

    void put_description(const FrameArea& area, const std::vector<std::uint32_t>& palette) {
        std::array<GifColorType, most_colours> colours{};
        std::transform(palette.begin(), palette.end(), colours.begin(), [](std::uint32_t colour) {
            return GifColorType{
                static_cast<GifByteType>(colour >> 16U), static_cast<GifByteType>(colour >> 8U & 255U),
                static_cast<GifByteType>(colour & 255U)};
        });
        const auto count = static_cast<int>(std::max<std::size_t>(std::bit_ceil(palette.size()), 2));
        ColorMapObject* const map = GifMakeMapObject(count, colours.data());
        if (map == nullptr) {
            throw Error(ErrorCode::out_of_memory, "no memory to write the GIF file");
        }
        const int result = EGifPutImageDesc(
            writer_.get(), static_cast<int>(area.x), static_cast<int>(area.y), static_cast<int>(area.width),
            static_cast<int>(area.height), false, map);
        GifFreeMapObject(map);
        writer_.check(result);
    }

    void clear(const FrameArea& area) {
        for (std::size_t y = 0; y < area.height; ++y) {
            const auto begin = shown_.begin() + static_cast<std::ptrdiff_t>(begin_of_row(area, y));
            std::fill_n(begin, area.width, no_pixel);
        }
    }

    [[nodiscard]] std::size_t begin_of_row(const FrameArea& area, std::size_t y) const {
        return (area.y + y) * width_ + area.x;
    }

    GifWriter writer_;
    std::size_t width_;
    std::vector<std::uint32_t> shown_; ///< what is there when `next_` is drawn
    std::vector<std::uint32_t> next_;
    std::vector<std::uint32_t> delays_;
    std::size_t frame_ = 0;
};

/// A picture that does not move.
class GifEncoder final : public WholeEncoder {
  public:
    GifEncoder(OutputStream& out, const ImageInfo& info)
        : WholeEncoder(info)
        , sink_(out, info, {.plays = 1, .delays = {FrameDelay{}}}) {}

  private:
    void encode(const Image& picture) override {
        sink_.write_frame(picture);
        sink_.finish();
    }

    GifFrameSink sink_;
};

void warn_of_metadata(const Metadata& metadata) {
    if (!metadata.icc.empty() || !metadata.exif.empty() || !metadata.xmp.empty()) {
        log(LogLevel::warning,
            "an ICC profile, EXIF and XMP cannot be written into a GIF file and are left out");
    }
}

} // namespace

std::unique_ptr<RowSink>
encode_gif(OutputStream& out, const ImageInfo& info, const EncodeOptions& /*options*/) {
    warn_of_metadata(info.metadata);
    return std::make_unique<GifEncoder>(out, info);
}

std::unique_ptr<FrameSink> animate_gif(
    OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& /*options*/) {
    warn_of_metadata(info.metadata);
    return std::make_unique<GifFrameSink>(out, info, animation);
}

} // namespace kizuna::codec
