#include "base/checked.hpp"
#include "base/system.hpp"
#include "codec/codecs.hpp"
#include "codec/whole_picture.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>
#include <webp/mux.h>

namespace kizuna::codec {

namespace {

// ---- reading ----

struct DemuxerDeleter {
    void operator()(WebPDemuxer* demuxer) const noexcept { WebPDemuxDelete(demuxer); }
};

/// The first frame. Its fragment points into the file's bytes.
class Frame {
  public:
    explicit Frame(const WebPDemuxer* demuxer) {
        if (WebPDemuxGetFrame(demuxer, 1, &iterator_) == 0) {
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
        frame_count_ = WebPDemuxGetI(demuxer_.get(), WEBP_FF_FRAME_COUNT);
        const Frame frame(demuxer_.get());
        if (!frame.inside(info_.width, info_.height)) {
            throw Error(ErrorCode::corrupt, "the WebP file's first frame lies outside its canvas");
        }
        const bool alpha = frame->has_alpha != 0 || !frame.covers(info_.width, info_.height);
        info_.format = {.channels = static_cast<std::uint8_t>(alpha ? 4 : 3), .sample = SampleType::u8};
        info_.metadata = read_metadata(demuxer_.get(), limits);
    }

  private:
    // Composes the first frame on the transparent canvas, straight into its place.
    void decode(Image& picture) override {
        const Frame frame(demuxer_.get());
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
};

// ---- writing ----

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

/// Puts metadata around an encoded picture.
class Muxer {
  public:
    explicit Muxer(const WebPData& picture)
        : mux_(WebPMuxNew()) {
        check(mux_ ? WebPMuxSetImage(mux_.get(), &picture, 0) : WEBP_MUX_MEMORY_ERROR);
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
        picture_->use_argb = 1; // for lossy too: sharp YUV starts from it
        picture_->width = checked_cast<int>(info.width);
        picture_->height = checked_cast<int>(info.height);
        if (WebPPictureAlloc(picture_.get()) == 0) {
            throw Error(
                ErrorCode::out_of_memory,
                fmt::format("no memory for a WebP picture of {}×{} pixels", info.width, info.height));
        }
    }

    void write_row(std::span<const std::byte> row) override {
        const auto stride = static_cast<std::size_t>(picture_->argb_stride);
        std::uint32_t* to = picture_->argb + stride * next_row_++;
        const std::uint8_t* from = as_u8(row);
        for (int x = 0; x < picture_->width; ++x, from += channels_) {
            const std::uint32_t alpha = channels_ == 4 ? from[3] : 255U;
            to[x] = alpha << 24U | std::uint32_t{from[0]} << 16U | std::uint32_t{from[1]} << 8U | from[2];
        }
    }

    void finish() override {
        MemoryWriter writer;
        encode(writer);
        if (metadata_.icc.empty() && metadata_.exif.empty() && metadata_.xmp.empty()) {
            out_.write(as_bytes(writer.data()));
            return;
        }
        Muxer muxer(writer.data());
        muxer.add("ICCP", metadata_.icc);
        muxer.add("EXIF", metadata_.exif);
        muxer.add("XMP ", metadata_.xmp);
        out_.write(muxer.assemble());
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
        throw_encode_error();
    }

    [[noreturn]] void throw_encode_error() {
        switch (picture_->error_code) {
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
            throw Error(
                ErrorCode::internal,
                fmt::format("libwebp failed with {}", static_cast<int>(picture_->error_code)));
        }
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

} // namespace

std::unique_ptr<Decoder> open_webp(std::unique_ptr<InputStream> in, const DecodeLimits& limits) {
    return std::make_unique<WebpDecoder>(read_whole_file(*in), limits);
}

std::unique_ptr<RowSink> encode_webp(OutputStream& out, const ImageInfo& info, const EncodeOptions& options) {
    return std::make_unique<WebpEncoder>(out, info, options);
}

} // namespace kizuna::codec
