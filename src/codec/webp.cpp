#include "base/system.hpp"
#include "codec/codecs.hpp"
#include "codec/exif.hpp"
#include "codec/whole_picture.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/demux.h>

namespace kizuna::codec {

namespace {

struct DemuxerDeleter {
    void operator()(WebPDemuxer* demuxer) const noexcept { WebPDemuxDelete(demuxer); }
};

/// A frame, counted from 1. Its fragment points into the file's bytes.
class Frame {
  public:
    Frame(const WebPDemuxer* demuxer, int number) {
        if (WebPDemuxGetFrame(demuxer, number, &iterator_) == 0) {
            throw Error(ErrorCode::corrupt, "the WebP file holds no picture");
        }
    }

    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

    ~Frame() { WebPDemuxReleaseIterator(&iterator_); }

    [[nodiscard]] const WebPIterator* operator->() const noexcept { return &iterator_; }

    /// Where the frame does not cover the canvas, transparency shows.
    [[nodiscard]] bool covers(std::uint32_t width, std::uint32_t height) const noexcept {
        return iterator_.x_offset == 0 && iterator_.y_offset == 0 && std::cmp_equal(iterator_.width, width) &&
               std::cmp_equal(iterator_.height, height);
    }

    [[nodiscard]] bool inside(std::uint32_t width, std::uint32_t height) const noexcept {
        return iterator_.x_offset >= 0 && iterator_.y_offset >= 0 &&
               std::cmp_less_equal(std::int64_t{iterator_.x_offset} + iterator_.width, width) &&
               std::cmp_less_equal(std::int64_t{iterator_.y_offset} + iterator_.height, height);
    }

  private:
    WebPIterator iterator_{};
};

std::vector<std::byte>
read_chunk(const WebPDemuxer* demuxer, const char* fourcc, const DecodeLimits& limits) {
    WebPChunkIterator chunk;
    std::vector<std::byte> blob;
    if (WebPDemuxGetChunk(demuxer, fourcc, 1, &chunk) == 0) {
        return blob;
    }
    // The iterator owns no memory for chunks; releasing it first keeps this safe when metadata_blob throws.
    const WebPData payload = chunk.chunk;
    WebPDemuxReleaseChunkIterator(&chunk);
    return metadata_blob(payload.bytes, payload.size, limits, fourcc);
}

Metadata read_metadata(const WebPDemuxer* demuxer, const DecodeLimits& limits) {
    Metadata metadata;
    metadata.icc = read_chunk(demuxer, "ICCP", limits);
    metadata.exif = read_chunk(demuxer, "EXIF", limits);
    metadata.xmp = read_chunk(demuxer, "XMP ", limits);
    strip_exif_prefix(metadata.exif);
    return metadata;
}

std::string_view describe(VP8StatusCode status) {
    switch (status) {
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
        return "it ends before the picture does";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return "it uses a feature that WebP does not define";
    default:
        return "its data are damaged";
    }
}

/// The canvases, composed by libwebp.
class WebpFrames final : public FrameSource {
  public:
    WebpFrames(std::vector<std::byte> file, const ImageInfo& info, Animation animation)
        : FrameSource(info, std::move(animation))
        , file_(std::move(file))
        , frame_(info) {
        WebPAnimDecoderOptions options;
        WebPAnimDecoderOptionsInit(&options);
        options.color_mode = MODE_RGBA;
        options.use_threads = available_cpus() > 1 ? 1 : 0;
        const WebPData data{as_u8(file_), file_.size()};
        decoder_.reset(WebPAnimDecoderNew(&data, &options));
        if (!decoder_) {
            throw Error(ErrorCode::corrupt, "the WebP file's animation cannot be read");
        }
    }

    const Image& next_frame() override {
        std::uint8_t* pixels = nullptr;
        int end_ms = 0;
        if (WebPAnimDecoderGetNext(decoder_.get(), &pixels, &end_ms) == 0) {
            throw Error(ErrorCode::corrupt, "a frame of the WebP file is damaged");
        }
        constexpr std::size_t pixel_bytes = 4;
        const auto rgba =
            std::as_bytes(std::span(pixels, frame_.pixels().size() / frame_.format().channels * pixel_bytes));
        if (frame_.format().has_alpha()) {
            std::ranges::copy(rgba, frame_.pixels().begin());
        } else {
            std::byte* to = frame_.pixels().data();
            for (std::size_t at = 0; at < rgba.size(); at += pixel_bytes) {
                to = std::copy_n(rgba.data() + at, 3, to);
            }
        }
        return frame_;
    }

  private:
    struct Deleter {
        void operator()(WebPAnimDecoder* decoder) const noexcept { WebPAnimDecoderDelete(decoder); }
    };

    std::vector<std::byte> file_;
    std::unique_ptr<WebPAnimDecoder, Deleter> decoder_; // points into file_
    Image frame_;
};

class WebpDecoder final : public WholeDecoder {
  public:
    WebpDecoder(std::vector<std::byte> file, const DecodeLimits& limits)
        : WholeDecoder(ImageFormat::webp)
        , file_(std::move(file)) {
        const WebPData data{as_u8(file_), file_.size()};
        demuxer_.reset(WebPDemux(&data));
        if (!demuxer_) {
            throw Error(ErrorCode::corrupt, "the WebP file is cut off or damaged");
        }
        info_.width = WebPDemuxGetI(demuxer_.get(), WEBP_FF_CANVAS_WIDTH);
        info_.height = WebPDemuxGetI(demuxer_.get(), WEBP_FF_CANVAS_HEIGHT);
        check_dimensions(info_.width, info_.height, limits);
        const Frame frame(demuxer_.get(), 1);
        if (!frame.inside(info_.width, info_.height)) {
            throw Error(ErrorCode::corrupt, "the WebP file's first frame lies outside its canvas");
        }
        const bool alpha = frame->has_alpha != 0 || !frame.covers(info_.width, info_.height);
        info_.format = {.channels = static_cast<std::uint8_t>(alpha ? 4 : 3), .sample = SampleType::u8};
        info_.metadata = read_metadata(demuxer_.get(), limits);
        read_animation(limits);
    }

    std::unique_ptr<FrameSource> take_frames() override {
        ImageInfo info = info_;
        info.format.channels = shows_through_ || info_.format.has_alpha() ? 4 : 3;
        demuxer_.reset();
        return std::make_unique<WebpFrames>(std::move(file_), info, *animation());
    }

  private:
    void read_animation(const DecodeLimits& limits) {
        const std::uint32_t frames = WebPDemuxGetI(demuxer_.get(), WEBP_FF_FRAME_COUNT);
        check_frame_count(frames, limits);
        Animation found;
        found.plays = WebPDemuxGetI(demuxer_.get(), WEBP_FF_LOOP_COUNT);
        for (std::uint32_t i = 1; i <= frames; ++i) {
            const Frame frame(demuxer_.get(), static_cast<int>(i));
            found.delays.push_back(
                frame_delay(static_cast<std::uint64_t>(std::max(frame->duration, 0)), 1000));
            shows_through_ = shows_through_ || frame->dispose_method == WEBP_MUX_DISPOSE_BACKGROUND ||
                             (frame->has_alpha != 0 && frame->blend_method == WEBP_MUX_NO_BLEND);
        }
        set_animation(std::move(found));
    }

    // Composes the first frame on the transparent canvas, straight into its place.
    void decode(Image& picture) override {
        const Frame frame(demuxer_.get(), 1);
        WebPDecoderConfig config;
        WebPInitDecoderConfig(&config);
        config.options.use_threads = available_cpus() > 1 ? 1 : 0;
        const std::size_t row_bytes = picture.info().row_bytes();
        const std::size_t offset =
            static_cast<std::size_t>(frame->y_offset) * row_bytes +
            static_cast<std::size_t>(frame->x_offset) * picture.format().bytes_per_pixel();
        const auto place = picture.pixels().subspan(offset);
        config.output.colorspace = picture.format().has_alpha() ? MODE_RGBA : MODE_RGB;
        config.output.is_external_memory = 1;
        config.output.u.RGBA = {as_writable_u8(place), static_cast<int>(row_bytes), place.size()};
        const VP8StatusCode status = WebPDecode(frame->fragment.bytes, frame->fragment.size, &config);
        if (status == VP8_STATUS_OUT_OF_MEMORY) {
            throw Error(ErrorCode::out_of_memory, "no memory to decode the WebP file");
        }
        if (status != VP8_STATUS_OK || config.output.width != frame->width ||
            config.output.height != frame->height) {
            throw Error(
                ErrorCode::corrupt, fmt::format("the WebP file cannot be decoded: {}", describe(status)));
        }
    }

    std::vector<std::byte> file_;
    std::unique_ptr<WebPDemuxer, DemuxerDeleter> demuxer_; // points into file_
    bool shows_through_ = false; ///< a later frame lets through what is behind the first
};

} // namespace

std::unique_ptr<Decoder> open_webp(std::unique_ptr<InputStream> in, const DecodeLimits& limits) {
    return std::make_unique<WebpDecoder>(read_whole_file(*in), limits);
}

} // namespace kizuna::codec
