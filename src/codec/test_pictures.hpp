#pragma once

#include "codec/codec.hpp"

#include "kizuna/error.hpp"
#include "kizuna/log.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

// Pictures and little tools that the tests of all formats share.
namespace kizuna::codec {

inline std::vector<std::byte> bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

/// XResolution 300 and YResolution 150, as cameras write them, and nothing else.
inline std::vector<std::byte> exif_of_300_by_150_dpi() {
    using namespace std::string_view_literals;
    return bytes_of("MM\0\x2a\0\0\0\x08"
                    "\0\x02"
                    "\x01\x1a\0\x05\0\0\0\x01\0\0\0\x26"
                    "\x01\x1b\0\x05\0\0\0\x01\0\0\0\x2e"
                    "\0\0\0\0"
                    "\0\0\x01\x2c\0\0\0\x01"
                    "\0\0\0\x96\0\0\0\x01"sv);
}

/// Sample `c` of a pixel, 0 to 1: smooth, so that lossy formats come near, and different in every channel.
inline double test_sample(std::uint32_t x, std::uint32_t y, int c) {
    return 0.5 + 0.45 * std::sin(0.11 * x + 0.07 * y * (c + 1) + 1.3 * c);
}

inline void store_sample(std::byte* at, SampleType type, double value) {
    if (type == SampleType::u8) {
        *at = static_cast<std::byte>(std::lround(value * 255));
    } else if (type == SampleType::u16) {
        const auto sample = static_cast<std::uint16_t>(std::lround(value * 65535));
        std::memcpy(at, &sample, sizeof sample);
    } else {
        const auto sample = static_cast<float>(value);
        std::memcpy(at, &sample, sizeof sample);
    }
}

inline double load_sample(const std::byte* at, SampleType type) {
    if (type == SampleType::u8) {
        return std::to_integer<int>(*at) / 255.0;
    }
    if (type == SampleType::u16) {
        std::uint16_t sample = 0;
        std::memcpy(&sample, at, sizeof sample);
        return sample / 65535.0;
    }
    float sample = 0;
    std::memcpy(&sample, at, sizeof sample);
    return sample;
}

inline Image test_picture(std::uint32_t width, std::uint32_t height, PixelFormat format) {
    Image image(ImageInfo{width, height, format, {}});
    const std::size_t sample_bytes = bytes_per_sample(format.sample);
    for (std::uint32_t y = 0; y < height; ++y) {
        std::byte* at = image.row(y).data();
        for (std::uint32_t x = 0; x < width; ++x) {
            for (int c = 0; c < format.channels; ++c, at += sample_bytes) {
                store_sample(at, format.sample, test_sample(x, y, c));
            }
        }
    }
    return image;
}

/// One of RGBA in 8 bits without what is under pixels that cannot be seen; others as they are.
inline Image seen(Image image) {
    for (std::size_t at = 0; image.format().has_alpha() && at < image.pixels().size(); at += 4) {
        if (image.pixels()[at + 3] == std::byte{0}) {
            std::fill_n(image.pixels().begin() + static_cast<std::ptrdiff_t>(at), 4, std::byte{0});
        }
    }
    return image;
}

inline void
encode(OutputStream& out, const Image& image, ImageFormat format, const EncodeOptions& options = {}) {
    const auto encoder = open_encoder(format, out, image.info(), options);
    for (std::uint32_t y = 0; y < image.height(); ++y) {
        encoder->write_row(image.row(y));
    }
    encoder->finish();
}

inline std::vector<std::byte>
encode(const Image& image, ImageFormat format, const EncodeOptions& options = {}) {
    MemoryOutput out;
    encode(out, image, format, options);
    return out.bytes();
}

inline Image decode(std::span<const std::byte> file, const DecodeLimits& limits = {}) {
    const auto decoder = open_decoder(open_memory(file), limits);
    return read_image(*decoder);
}

/// The code of the Error that `call` throws; nothing where it throws none.
template <typename Call>
std::optional<ErrorCode> error_of(const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    return std::nullopt;
}

/// What the library logs while it lives.
class LogText {
  public:
    LogText() {
        set_log_callback(
            [this](LogLevel, std::string_view message) { text_ += std::string(message) + "\n"; });
    }

    LogText(const LogText&) = delete;
    LogText& operator=(const LogText&) = delete;

    ~LogText() { set_log_callback(nullptr); }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

  private:
    std::string text_;
};

/// Peak signal-to-noise ratio over all samples in dB; infinite for equal pictures.
inline double psnr(const Image& a, const Image& b) {
    const std::size_t step = bytes_per_sample(a.format().sample);
    double sum = 0;
    for (std::size_t at = 0; at < a.pixels().size(); at += step) {
        const double difference = load_sample(a.pixels().data() + at, a.format().sample) -
                                  load_sample(b.pixels().data() + at, b.format().sample);
        sum += difference * difference;
    }
    return -10 * std::log10(sum * static_cast<double>(step) / static_cast<double>(a.pixels().size()));
}

/// In the file's own numbers: up to 255, or 65535.
inline std::vector<int> samples_of(const Image& image) {
    std::vector<int> samples;
    const SampleType type = image.format().sample;
    for (std::size_t at = 0; at < image.pixels().size(); at += bytes_per_sample(type)) {
        const double value = load_sample(image.pixels().data() + at, type);
        samples.push_back(static_cast<int>(std::lround(value * (type == SampleType::u16 ? 65535 : 255))));
    }
    return samples;
}

} // namespace kizuna::codec
