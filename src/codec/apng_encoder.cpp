#include "base/log.hpp"
#include "codec/canvas.hpp"
#include "codec/codecs.hpp"
#include "codec/png_chunks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace kizuna::codec {

namespace {

/// A delay as the file has it.
struct Fraction {
    std::uint32_t numerator;
    std::uint32_t denominator;
};

constexpr std::uint32_t most = std::numeric_limits<std::uint16_t>::max();

/// As it is, where 16 bits hold it, else by the finest of some units.
Fraction fraction_of(const FrameDelay& delay, bool& is_rounded) {
    if (delay.numerator <= most && delay.denominator <= most) {
        return {delay.numerator, delay.denominator};
    }
    is_rounded = true;
    for (const std::uint32_t unit : {10000U, 1000U, 100U, 10U}) {
        const double count = std::round(delay.seconds() * unit);
        if (count <= most) {
            return {static_cast<std::uint32_t>(count), unit};
        }
    }
    return {static_cast<std::uint32_t>(std::min<double>(std::round(delay.seconds()), most)), 1};
}

std::vector<Fraction> fractions_of(const Animation& animation) {
    std::vector<Fraction> fractions;
    bool is_rounded = false;
    for (const FrameDelay& delay : animation.delays) {
        fractions.push_back(fraction_of(delay, is_rounded));
    }
    if (is_rounded) {
        log(LogLevel::info,
            "APNG counts the time of frames in fractions of 16 bits; what lies between is rounded");
    }
    return fractions;
}

/// Has every frame made a PNG file in memory, of what differs from the one before, and takes that apart.
class ApngFrameSink final : public FrameSink {
  public:
    ApngFrameSink(OutputStream& out, const ImageInfo& info, const Animation& animation, EncodeOptions options)
        : out_(out)
        , options_(std::move(options))
        , plays_(animation.plays)
        , delays_(fractions_of(animation))
        , last_(info) {}

    void write_frame(const Image& frame) override {
        const bool first = next_ == 0;
        const FrameArea area = first ? FrameArea{0, 0, frame.width(), frame.height()} : changed(frame);
        const std::vector<std::byte> png = encode(frame, area, first);
        std::vector<std::byte> chunks;
        if (first) {
            chunks.assign(png.begin(), png.begin() + png_signature_bytes);
        }
        take_apart(png, area, chunks);
        out_.write(chunks);
        std::ranges::copy(frame.pixels(), last_.pixels().begin());
        ++next_;
    }

    void finish() override {
        std::vector<std::byte> end;
        append_png_chunk(end, "IEND", {});
        out_.write(end);
    }

  private:
    [[nodiscard]] FrameArea changed(const Image& frame) const {
        GrowingArea area;
        const std::size_t pixel_bytes = frame.format().bytes_per_pixel();
        for (std::uint32_t y = 0; y < frame.height(); ++y) {
            const auto now = frame.row(y);
            const auto before = last_.row(y);
            const auto from = std::mismatch(now.begin(), now.end(), before.begin()).first;
            if (from != now.end()) {
                const auto to = std::mismatch(now.rbegin(), now.rend(), before.rbegin()).first;
                area.include(static_cast<std::size_t>(from - now.begin()) / pixel_bytes, y);
                area.include(static_cast<std::size_t>(now.rend() - to - 1) / pixel_bytes, y);
            }
        }
        return area.area();
    }

    /// Metadata belong to the first.
    [[nodiscard]] std::vector<std::byte> encode(const Image& frame, const FrameArea& area, bool first) const {
        const ImageInfo info{area.width, area.height, frame.format(), first ? last_.metadata() : Metadata()};
        MemoryOutput out;
        const auto encoder = encode_png(out, info, options_);
        const std::size_t pixel_bytes = frame.format().bytes_per_pixel();
        for (std::uint32_t y = 0; y < area.height; ++y) {
            encoder->write_row(frame.row(area.y + y).subspan(area.x * pixel_bytes, area.width * pixel_bytes));
        }
        encoder->finish();
        return std::move(out.bytes());
    }

    void
    take_apart(const std::vector<std::byte>& png, const FrameArea& area, std::vector<std::byte>& chunks) {
        const bool first = next_ == 0;
        const auto in = open_memory(png);
        bool announced = false;
        std::uint64_t at = png_signature_bytes;
        for (PngChunk chunk = read_png_chunk(*in, at); !chunk.is("IEND"); chunk = read_png_chunk(*in, at)) {
            const bool pixels = chunk.is("IDAT");
            if (pixels && !std::exchange(announced, true)) {
                append_png_chunk(chunks, "fcTL", frame_control(area));
            }
            if (first) {
                const auto whole = std::span(png).subspan(at, chunk.next_at() - at);
                chunks.insert(chunks.end(), whole.begin(), whole.end());
            } else if (pixels) {
                append_data(chunks, std::span(png).subspan(chunk.body_at, chunk.length));
            }
            if (first && chunk.is("IHDR")) {
                append_png_chunk(chunks, "acTL", control());
            }
            at = chunk.next_at();
        }
    }

    [[nodiscard]] std::vector<std::byte> control() const {
        std::vector<std::byte> body;
        put(body, static_cast<std::uint32_t>(delays_.size()));
        put(body, plays_);
        return body;
    }

    [[nodiscard]] std::vector<std::byte> frame_control(const FrameArea& area) {
        const Fraction& delay = delays_.at(next_);
        std::vector<std::byte> body;
        for (const std::uint32_t number : {number_++, area.width, area.height, area.x, area.y}) {
            put(body, number);
        }
        put(body, delay.numerator << 16U | delay.denominator);
        constexpr std::byte leave_it{0};
        constexpr std::byte replace_what_is_there{0};
        body.push_back(leave_it);
        body.push_back(replace_what_is_there);
        return body;
    }

    void append_data(std::vector<std::byte>& chunks, std::span<const std::byte> pixels) {
        std::vector<std::byte> body;
        put(body, number_++);
        body.insert(body.end(), pixels.begin(), pixels.end());
        append_png_chunk(chunks, "fdAT", body);
    }

    static void put(std::vector<std::byte>& body, std::uint32_t number) {
        const auto bytes = big_endian_bytes(number);
        body.insert(body.end(), bytes.begin(), bytes.end());
    }

    OutputStream& out_;
    EncodeOptions options_;
    std::uint32_t plays_;
    std::vector<Fraction> delays_;
    Image last_;
    std::size_t next_ = 0;
    std::uint32_t number_ = 0; ///< of the next chunk that has one
};

} // namespace

std::unique_ptr<FrameSink> animate_apng(
    OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& options) {
    return std::make_unique<ApngFrameSink>(out, info, animation, options);
}

} // namespace kizuna::codec
