#include "base/checked.hpp"
#include "base/system.hpp"
#include "codec/codecs.hpp"
#include "codec/frame_delays.hpp"
#include "codec/whole_picture.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <webp/encode.h>
#include <webp/mux.h>

namespace kizuna::codec {

namespace {

constexpr float default_quality = 90;
constexpr int default_effort = 4;

class Picture {
  public:
    Picture() { WebPPictureInit(&picture_); }

    Picture(const Picture&) = delete;
    Picture& operator=(const Picture&) = delete;

    ~Picture() { WebPPictureFree(&picture_); }

    [[nodiscard]] WebPPicture* get() noexcept { return &picture_; }

    [[nodiscard]] WebPPicture* operator->() noexcept { return &picture_; }

  private:
    WebPPicture picture_{};
};

class MemoryWriter {
  public:
    MemoryWriter() { WebPMemoryWriterInit(&writer_); }

    MemoryWriter(const MemoryWriter&) = delete;
    MemoryWriter& operator=(const MemoryWriter&) = delete;

    ~MemoryWriter() { WebPMemoryWriterClear(&writer_); }

    [[nodiscard]] WebPMemoryWriter* get() noexcept { return &writer_; }

    [[nodiscard]] WebPData data() const noexcept { return {writer_.mem, writer_.size}; }

    void clear() { WebPMemoryWriterClear(&writer_); }

  private:
    WebPMemoryWriter writer_{};
};

WebPConfig make_config(const EncodeOptions& options) {
    WebPConfig config;
    WebPConfigInit(&config);
    config.method = options.effort.value_or(default_effort);
    config.thread_level = available_cpus() > 1 ? 1 : 0;
    if (options.lossless) {
        config.lossless = 1;
        config.exact = 1; // colours under transparent pixels are bits too
    } else {
        config.quality = options.quality ? static_cast<float>(*options.quality) : default_quality;
        config.use_sharp_yuv = 1; // halved colour shows on the thin lines of drawings
    }
    return config;
}

std::span<const std::byte> as_bytes(const WebPData& data) {
    return {reinterpret_cast<const std::byte*>(data.bytes), data.size};
}

/// Packs a row of RGB or RGBA as libwebp takes it.
void pack_row(std::span<const std::byte> row, std::uint8_t channels, WebPPicture& picture, std::size_t y) {
    std::uint32_t* to = picture.argb + static_cast<std::size_t>(picture.argb_stride) * y;
    const std::uint8_t* from = as_u8(row);
    for (int x = 0; x < picture.width; ++x, from += channels) {
        const std::uint32_t alpha = channels == 4 ? from[3] : 255U;
        to[x] = alpha << 24U | std::uint32_t{from[0]} << 16U | std::uint32_t{from[1]} << 8U | from[2];
    }
}

void allocate(WebPPicture& picture, const ImageInfo& info) {
    picture.use_argb = 1; // for lossy too: sharp YUV starts from it
    picture.width = checked_cast<int>(info.width);
    picture.height = checked_cast<int>(info.height);
    if (WebPPictureAlloc(&picture) == 0) {
        throw Error(
            ErrorCode::out_of_memory,
            fmt::format("no memory for a WebP picture of {}×{} pixels", info.width, info.height));
    }
}

[[noreturn]] void throw_encode_error(WebPEncodingError error) {
    switch (error) {
    case VP8_ENC_ERROR_USER_ABORT:
        throw Error(ErrorCode::cancelled, "cancelled");
    case VP8_ENC_ERROR_OUT_OF_MEMORY:
    case VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY:
        throw Error(ErrorCode::out_of_memory, "no memory to encode the WebP file");
    case VP8_ENC_ERROR_PARTITION0_OVERFLOW:
    case VP8_ENC_ERROR_PARTITION_OVERFLOW:
    case VP8_ENC_ERROR_FILE_TOO_BIG:
        throw Error(
            ErrorCode::limit_exceeded,
            "the picture has more detail than a lossy WebP file can hold; use a lower quality, or PNG");
    default:
        throw Error(ErrorCode::internal, fmt::format("libwebp failed with {}", static_cast<int>(error)));
    }
}

/// Puts metadata into an encoded file.
class Muxer {
  public:
    explicit Muxer(const WebPData& file)
        : mux_(WebPMuxCreate(&file, 0)) {
        check(mux_ ? WEBP_MUX_OK : WEBP_MUX_MEMORY_ERROR);
    }

    Muxer(const Muxer&) = delete;
    Muxer& operator=(const Muxer&) = delete;

    ~Muxer() { WebPDataClear(&file_); }

    void add(const char* fourcc, std::span<const std::byte> blob) {
        if (!blob.empty()) {
            const WebPData data{as_u8(blob), blob.size()};
            check(WebPMuxSetChunk(mux_.get(), fourcc, &data, 0));
        }
    }

    [[nodiscard]] std::span<const std::byte> assemble() {
        check(WebPMuxAssemble(mux_.get(), &file_));
        return as_bytes(file_);
    }

  private:
    static void check(WebPMuxError error) {
        if (error == WEBP_MUX_MEMORY_ERROR) {
            throw Error(ErrorCode::out_of_memory, "no memory to add metadata to the WebP file");
        }
        if (error != WEBP_MUX_OK) {
            throw Error(
                ErrorCode::internal, fmt::format("libwebpmux failed with {}", static_cast<int>(error)));
        }
    }

    struct Deleter {
        void operator()(WebPMux* mux) const noexcept { WebPMuxDelete(mux); }
    };

    std::unique_ptr<WebPMux, Deleter> mux_;
    WebPData file_{};
};

void write_with(const Metadata& metadata, const WebPData& file, OutputStream& out) {
    if (metadata.icc.empty() && metadata.exif.empty() && metadata.xmp.empty()) {
        out.write(as_bytes(file));
        return;
    }
    Muxer muxer(file);
    muxer.add("ICCP", metadata.icc);
    muxer.add("EXIF", metadata.exif);
    muxer.add("XMP ", metadata.xmp);
    out.write(muxer.assemble());
}

class WebpEncoder final : public RowSink {
  public:
    WebpEncoder(OutputStream& out, const ImageInfo& info, const EncodeOptions& options)
        : out_(out)
        , metadata_(info.metadata)
        , channels_(info.format.channels)
        , config_(make_config(options))
        , cancel_(options.cancel) {
        picture_->progress_hook = on_progress;
        picture_->user_data = &cancel_;
        allocate(*picture_.get(), info);
    }

    void write_row(std::span<const std::byte> row) override {
        pack_row(row, channels_, *picture_.get(), next_row_++);
    }

    void finish() override {
        MemoryWriter writer;
        encode(writer);
        write_with(metadata_, writer.data(), out_);
    }

  private:
    // The modes of a lossy picture's blocks must fit into 512 kB, which big pictures full of detail miss; the
    // encoder can then be told to choose cheaper modes (0 to 100).
    void encode(MemoryWriter& writer) {
        constexpr std::array partition_limits{0, 50, 100};
        for (const int limit : partition_limits) {
            config_.partition_limit = limit;
            picture_->writer = WebPMemoryWrite;
            picture_->custom_ptr = writer.get();
            if (WebPEncode(&config_, picture_.get()) != 0) {
                return;
            }
            if (picture_->error_code != VP8_ENC_ERROR_PARTITION0_OVERFLOW) {
                break;
            }
            writer.clear();
        }
        throw_encode_error(picture_->error_code);
    }

    static int on_progress(int /*percent*/, const WebPPicture* picture) {
        return static_cast<const CancelToken*>(picture->user_data)->stop_requested() ? 0 : 1;
    }

    OutputStream& out_;
    Metadata metadata_;
    std::uint8_t channels_;
    WebPConfig config_;
    CancelToken cancel_;
    Picture picture_;
    std::size_t next_row_ = 0;
};

constexpr DelayUnit milliseconds{
    .format = "WebP", .per_second = 1000, .most = (1U << 24U) - 1, .least_rounded = 1};

/// libwebp stores what differs from the frame before, and keeps the encoded frames until the end.
class WebpFrameSink final : public FrameSink {
  public:
    WebpFrameSink(
        OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& options)
        : out_(out)
        , metadata_(info.metadata)
        , config_(make_config(options))
        , delays_(count_delays(animation, milliseconds)) {
        WebPAnimEncoderOptions settings;
        WebPAnimEncoderOptionsInit(&settings);
        constexpr std::uint32_t most_plays = std::numeric_limits<std::uint16_t>::max();
        settings.anim_params.loop_count = static_cast<int>(std::min(animation.plays, most_plays));
        // Whole pictures now and then, as often as gif2webp has them: seeking is quick, and what is lost in
        // one frame after the other does not add up.
        settings.kmin = options.lossless ? 9 : 3;
        settings.kmax = options.lossless ? 17 : 5;
        encoder_.reset(
            WebPAnimEncoderNew(checked_cast<int>(info.width), checked_cast<int>(info.height), &settings));
        if (!encoder_) {
            throw Error(ErrorCode::out_of_memory, "no memory to encode the WebP file");
        }
        allocate(*picture_.get(), info);
    }

    void write_frame(const Image& frame) override {
        for (std::uint32_t y = 0; y < frame.height(); ++y) {
            pack_row(frame.row(y), frame.format().channels, *picture_.get(), y);
        }
        check(WebPAnimEncoderAdd(encoder_.get(), picture_.get(), checked_cast<int>(time_ms_), &config_));
        time_ms_ += delays_.at(next_++);
    }

    void finish() override {
        check(WebPAnimEncoderAdd(encoder_.get(), nullptr, checked_cast<int>(time_ms_), nullptr));
        WebPData file{};
        const std::unique_ptr<WebPData, decltype(&WebPDataClear)> freed(&file, WebPDataClear);
        check(WebPAnimEncoderAssemble(encoder_.get(), &file));
        write_with(metadata_, file, out_);
    }

  private:
    struct Deleter {
        void operator()(WebPAnimEncoder* encoder) const noexcept { WebPAnimEncoderDelete(encoder); }
    };

    void check(int result) {
        if (result != 0) {
            return;
        }
        if (picture_->error_code != VP8_ENC_OK) {
            throw_encode_error(picture_->error_code);
        }
        throw Error(
            ErrorCode::internal,
            fmt::format("libwebp cannot encode this animation: {}", WebPAnimEncoderGetError(encoder_.get())));
    }

    OutputStream& out_;
    Metadata metadata_;
    WebPConfig config_;
    std::vector<std::uint32_t> delays_;
    std::unique_ptr<WebPAnimEncoder, Deleter> encoder_;
    Picture picture_;
    std::int64_t time_ms_ = 0;
    std::size_t next_ = 0;
};

} // namespace

std::unique_ptr<RowSink> encode_webp(OutputStream& out, const ImageInfo& info, const EncodeOptions& options) {
    return std::make_unique<WebpEncoder>(out, info, options);
}

std::unique_ptr<FrameSink> animate_webp(
    OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& options) {
    return std::make_unique<WebpFrameSink>(out, info, animation, options);
}

} // namespace kizuna::codec
