#include "codec/apng.hpp"

#include "base/byte_order.hpp"
#include "codec/codecs.hpp"
#include "codec/png_chunks.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace kizuna::codec {

namespace {

constexpr std::size_t actl_bytes = 8;
constexpr std::size_t fctl_bytes = 26;
constexpr std::size_t sequence_bytes = 4; ///< before the pixels of an fdAT chunk
constexpr std::size_t ihdr_bytes = 13;

[[noreturn]] void throw_damaged(std::string_view how) {
    throw Error(ErrorCode::corrupt, fmt::format("the APNG file's animation is damaged: {}", how));
}

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at) {
    return static_cast<std::uint32_t>(big_endian(bytes.subspan(at, 4)));
}

std::uint64_t short_at(std::span<const std::byte> bytes, std::size_t at) {
    return big_endian(bytes.subspan(at, 2));
}

/// Chunks as the specification wants them, one after the other.
class ApngReader {
  public:
    ApngReader(InputStream& in, std::uint32_t width, std::uint32_t height, const DecodeLimits& limits)
        : in_(in)
        , width_(width)
        , height_(height)
        , limits_(limits) {}

    [[nodiscard]] Apng read() {
        std::uint64_t at = png_signature_bytes;
        for (PngChunk chunk = read_png_chunk(in_, at); !chunk.is("IEND"); chunk = read_png_chunk(in_, at)) {
            at = chunk.next_at();
            if (chunk.is("acTL") && !frames_) {
                read_control(chunk);
            } else if (chunk.is("fcTL")) {
                read_frame(chunk);
            } else if (chunk.is("IDAT")) {
                take_picture_as_frame();
            } else if (chunk.is("fdAT")) {
                read_data(chunk);
            }
        }
        check_last_frame();
        if (apng_.frames.size() != frames_) {
            throw_damaged(fmt::format("of {} frames there are {}", frames_.value_or(0), apng_.frames.size()));
        }
        return std::move(apng_);
    }

  private:
    std::vector<std::byte> body_of(const PngChunk& chunk, std::size_t bytes) {
        std::vector<std::byte> body;
        if (chunk.length == bytes) {
            body = read_png_body(in_, chunk);
        }
        if (body.size() != bytes) {
            throw_damaged("a chunk has the wrong length or checksum");
        }
        return body;
    }

    void read_control(const PngChunk& chunk) {
        const std::vector<std::byte> body = body_of(chunk, actl_bytes);
        frames_ = number_at(body, 0);
        check_frame_count(*frames_, limits_);
        apng_.animation.plays = number_at(body, 4);
    }

    void read_frame(const PngChunk& chunk) {
        check_last_frame();
        const std::vector<std::byte> body = body_of(chunk, fctl_bytes);
        check_sequence(number_at(body, 0));
        ApngFrame frame;
        frame.area = {number_at(body, 12), number_at(body, 16), number_at(body, 4), number_at(body, 8)};
        check_area(frame.area);
        const std::uint64_t denominator = short_at(body, 22);
        apng_.animation.delays.push_back(
            frame_delay(short_at(body, 20), denominator == 0 ? 100 : denominator));
        frame.disposal = disposal_of(std::to_integer<unsigned>(body[24]));
        frame.blend = body[25] == std::byte{1} ? FrameBlend::over : FrameBlend::replace;
        frame.begin = chunk.next_at();
        apng_.frames.push_back(frame);
        check_frame_count(apng_.frames.size(), limits_);
        has_pixels_ = false;
    }

    /// There is nothing to restore before the first.
    Disposal disposal_of(unsigned number) {
        const bool first = apng_.frames.empty();
        const Disposal disposal = number == 1 || (number == 2 && first) ? Disposal::clear
                                  : number == 2                         ? Disposal::restore
                                                                        : Disposal::keep;
        apng_.shows_through = apng_.shows_through || disposal == Disposal::clear;
        return disposal;
    }

    void check_area(const FrameArea& area) {
        if (area.width == 0 || area.height == 0 || area.width > width_ || area.height > height_ ||
            area.x > width_ - area.width || area.y > height_ - area.height) {
            throw_damaged("a frame lies outside the picture");
        }
        const bool covers = area.width == width_ && area.height == height_;
        apng_.shows_through = apng_.shows_through || (apng_.frames.empty() && !covers);
    }

    /// The picture for programs that know no animations is the first frame if that has been announced.
    void take_picture_as_frame() {
        if (apng_.frames.empty()) {
            return;
        }
        const FrameArea& area = apng_.frames.front().area;
        if (apng_.frames.size() > 1 || area.width != width_ || area.height != height_) {
            throw_damaged("the first frame is not as large as the picture");
        }
        has_pixels_ = true;
    }

    void read_data(const PngChunk& chunk) {
        if (apng_.frames.empty() || chunk.length < sequence_bytes) {
            throw_damaged("pixels come before their frame");
        }
        std::array<std::byte, sequence_bytes> number{};
        in_.seek(chunk.body_at);
        if (in_.read(number) != number.size()) {
            throw_damaged("it ends too early");
        }
        check_sequence(number_at(number, 0));
        has_pixels_ = true;
    }

    void check_sequence(std::uint32_t number) {
        if (number != next_number_++) {
            throw_damaged("chunks are missing or out of order");
        }
    }

    void check_last_frame() const {
        if (!has_pixels_) {
            throw_damaged("a frame has no pixels");
        }
    }

    InputStream& in_;
    std::uint32_t width_;
    std::uint32_t height_;
    const DecodeLimits& limits_;
    Apng apng_;
    std::optional<std::uint32_t> frames_; ///< how many the file says there are
    std::uint32_t next_number_ = 0;
    bool has_pixels_ = true; ///< of the frame that was announced last
};

/// Makes of each frame a PNG file in memory, which the PNG decoder reads.
class ApngFrames final : public FrameSource {
  public:
    ApngFrames(std::unique_ptr<InputStream> in, Apng apng, const ImageInfo& info, const DecodeLimits& limits)
        : FrameSource(info, std::move(apng.animation))
        , in_(std::move(in))
        , frames_(std::move(apng.frames))
        , limits_(limits)
        , canvas_(info) {
        read_beginning();
    }

    const Image& next_frame() override {
        const ApngFrame& frame = frames_.at(next_++);
        const std::vector<std::byte> file = as_png(frame);
        const auto decoder = open_png(open_memory(file), limits_);
        canvas_.begin_frame(frame.area, frame.disposal);
        std::vector<std::byte> row(decoder->info().row_bytes());
        for (std::uint32_t y = 0; y < frame.area.height; ++y) {
            decoder->read_row(row);
            canvas_.draw_row(y, row, decoder->info().format, frame.blend);
        }
        return canvas_.picture();
    }

  private:
    /// What every frame's file begins with: how pixels are stored, and their palette.
    void read_beginning() {
        std::uint64_t at = png_signature_bytes;
        for (PngChunk chunk = read_png_chunk(*in_, at); !chunk.is("IDAT") && !chunk.is("IEND");
             chunk = read_png_chunk(*in_, at)) {
            at = chunk.next_at();
            if (chunk.is("IHDR")) {
                header_ = read_png_body(*in_, chunk);
            } else if (chunk.is("PLTE") || chunk.is("tRNS")) {
                append_png_chunk(
                    colours_, std::string_view(chunk.type.data(), chunk.type.size()),
                    read_png_body(*in_, chunk));
            }
        }
        if (header_.size() != ihdr_bytes) {
            throw_damaged("its header is missing");
        }
    }

    [[nodiscard]] std::vector<std::byte> as_png(const ApngFrame& frame) {
        const auto signature = std::as_bytes(std::span(std::string_view("\x89PNG\r\n\x1a\n")));
        std::vector<std::byte> file(signature.begin(), signature.end());
        const auto width = big_endian_bytes(frame.area.width);
        const auto height = big_endian_bytes(frame.area.height);
        std::copy(height.begin(), height.end(), std::copy(width.begin(), width.end(), header_.begin()));
        append_png_chunk(file, "IHDR", header_);
        file.insert(file.end(), colours_.begin(), colours_.end());
        std::uint64_t at = frame.begin;
        for (PngChunk chunk = read_png_chunk(*in_, at); !chunk.is("fcTL") && !chunk.is("IEND");
             chunk = read_png_chunk(*in_, at)) {
            at = chunk.next_at();
            const std::size_t skipped = chunk.is("fdAT") ? sequence_bytes : 0;
            if (skipped == 0 && !chunk.is("IDAT")) {
                continue;
            }
            const std::vector<std::byte> body = read_png_body(*in_, chunk);
            if (body.size() != chunk.length) {
                throw_damaged("the checksum of a frame is wrong");
            }
            append_png_chunk(file, "IDAT", std::span(body).subspan(skipped));
        }
        append_png_chunk(file, "IEND", {});
        return file;
    }

    std::unique_ptr<InputStream> in_;
    std::vector<ApngFrame> frames_;
    DecodeLimits limits_;
    Canvas canvas_;
    std::vector<std::byte> header_;
    std::vector<std::byte> colours_; ///< whole chunks
    std::size_t next_ = 0;
};

} // namespace

Apng read_apng(InputStream& in, std::uint32_t width, std::uint32_t height, const DecodeLimits& limits) {
    return ApngReader(in, width, height, limits).read();
}

std::unique_ptr<FrameSource>
apng_frames(std::unique_ptr<InputStream> in, Apng apng, const ImageInfo& info, const DecodeLimits& limits) {
    return std::make_unique<ApngFrames>(std::move(in), std::move(apng), info, limits);
}

} // namespace kizuna::codec
