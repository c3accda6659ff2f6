#include "codec/tiff_pixels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace kizuna::codec {
namespace {

template <typename Sample>
constexpr Sample full_value() {
    return std::is_floating_point_v<Sample> ? Sample{1} : std::numeric_limits<Sample>::max();
}

template <typename Sample>
Sample load(const std::byte* at) {
    Sample sample;
    std::memcpy(&sample, at, sizeof sample);
    return sample;
}

template <typename Sample>
void store(std::byte* at, Sample sample) {
    std::memcpy(at, &sample, sizeof sample);
}

template <typename Sample>
void spread(std::span<const std::byte> packed, std::size_t count, std::byte* into, std::size_t stride) {
    for (std::size_t i = 0; i < count; ++i) {
        std::memcpy(into + i * stride * sizeof(Sample), packed.data() + i * sizeof(Sample), sizeof(Sample));
    }
}

/// Samples that do not fill bytes, the highest bit first. `full` is what the largest one becomes; 0: left as
/// they are.
template <typename Sample>
void spread_bits(
    std::span<const std::byte> packed, int bits, std::uint32_t full, std::size_t count, std::byte* into,
    std::size_t stride) {
    const std::uint32_t largest = (1U << static_cast<unsigned>(bits)) - 1;
    std::uint32_t waiting = 0;
    int waiting_bits = 0;
    std::size_t next = 0;
    for (std::size_t i = 0; i < count; ++i) {
        while (waiting_bits < bits) {
            waiting = (waiting << 8U) | std::to_integer<std::uint32_t>(packed[next++]);
            waiting_bits += 8;
        }
        waiting_bits -= bits;
        const std::uint32_t value = (waiting >> static_cast<unsigned>(waiting_bits)) & largest;
        const std::uint32_t scaled = full == 0 ? value : (value * full + largest / 2) / largest;
        store(into + i * stride * sizeof(Sample), static_cast<Sample>(scaled));
    }
}

template <typename Sample>
Sample divided_by_alpha(Sample colour, Sample alpha) {
    if (alpha == 0) {
        return 0;
    }
    if constexpr (std::is_floating_point_v<Sample>) {
        return colour / alpha;
    } else {
        constexpr std::uint64_t full = full_value<Sample>();
        return static_cast<Sample>(std::min(full, (colour * full + alpha / 2) / alpha));
    }
}

/// L*a*b* as floats. CIELab stores a and b as signed numbers, ICCLab as the ICC's version 2 encoding does.
template <typename Sample>
std::array<float, 3> lab_of(const std::byte* at, TiffColour colour) {
    constexpr bool wide = sizeof(Sample) == 2;
    constexpr float steps = wide ? 256 : 1; // of a and b
    const bool cie = colour == TiffColour::cie_lab;
    const float white = wide && !cie ? 65280.0F : static_cast<float>(full_value<Sample>());
    std::array<float, 3> lab{static_cast<float>(load<Sample>(at)) * 100 / white, 0, 0};
    for (std::size_t i = 1; i < 3; ++i) {
        const auto stored = load<Sample>(at + i * sizeof(Sample));
        lab[i] = cie ? static_cast<float>(static_cast<std::make_signed_t<Sample>>(stored)) / steps
                     : static_cast<float>(stored) / steps - 128;
    }
    return lab;
}

} // namespace

int TiffPixelLayout::colour_samples() const noexcept {
    switch (colour) {
    case TiffColour::black_is_zero:
    case TiffColour::white_is_zero:
    case TiffColour::palette:
        return 1;
    case TiffColour::cmyk:
        return 4;
    default:
        return 3;
    }
}

SampleType TiffPixelLayout::sample_type() const noexcept {
    return bits > 16 ? SampleType::f32 : bits > 8 ? SampleType::u16 : SampleType::u8;
}

PixelFormat TiffPixelLayout::format() const noexcept {
    const bool grey =
        colour == TiffColour::black_is_zero || colour == TiffColour::white_is_zero || grey_palette;
    const int channels = (grey ? 1 : 3) + (alpha == TiffAlpha::none ? 0 : 1);
    return {static_cast<std::uint8_t>(channels), sample_type()};
}

std::size_t TiffPixelLayout::row_samples_bytes() const noexcept {
    return std::size_t{width} * static_cast<std::size_t>(samples) * bytes_per_sample(sample_type());
}

void unpack_samples(
    const TiffPixelLayout& layout, std::span<const std::byte> packed, std::size_t count, std::byte* into,
    std::size_t stride) {
    const bool index = layout.colour == TiffColour::palette;
    if (layout.bits == 8) {
        spread<std::uint8_t>(packed, count, into, stride);
    } else if (layout.bits == 16) {
        spread<std::uint16_t>(packed, count, into, stride);
    } else if (layout.bits == 32) {
        spread<float>(packed, count, into, stride);
    } else if (layout.bits < 8) {
        spread_bits<std::uint8_t>(packed, layout.bits, index ? 0 : 255, count, into, stride);
    } else {
        spread_bits<std::uint16_t>(packed, layout.bits, 65535, count, into, stride);
    }
}

TiffPixels::TiffPixels(TiffPixelLayout layout, std::span<const std::byte> icc)
    : layout_(std::move(layout)) {
    const std::size_t rgb_row_bytes =
        std::size_t{layout_.width} * 3 * bytes_per_sample(layout_.sample_type());
    if (layout_.colour == TiffColour::cmyk) {
        converter_ = cmyk_to_srgb(icc, layout_.sample_type());
        colour_row_.resize(std::size_t{layout_.width} * 4 * bytes_per_sample(layout_.sample_type()));
        rgb_row_.resize(rgb_row_bytes);
    } else if (layout_.colour == TiffColour::cie_lab || layout_.colour == TiffColour::icc_lab) {
        converter_ = lab_to_srgb(layout_.sample_type());
        colour_row_.resize(std::size_t{layout_.width} * sizeof(std::array<float, 3>));
        rgb_row_.resize(rgb_row_bytes);
    }
}

void TiffPixels::convert(std::span<const std::byte> samples, std::span<std::byte> row) {
    const SampleType type = layout_.sample_type();
    if (layout_.colour == TiffColour::palette) {
        convert_palette(samples, row);
    } else if (converter_) {
        type == SampleType::u8 ? convert_colour<std::uint8_t>(samples, row)
                               : convert_colour<std::uint16_t>(samples, row);
    } else if (type == SampleType::u8) {
        convert_plain<std::uint8_t>(samples, row);
    } else if (type == SampleType::u16) {
        convert_plain<std::uint16_t>(samples, row);
    } else {
        convert_plain<float>(samples, row);
    }
}

/// Grey and RGB: the samples are the channels.
template <typename Sample>
void TiffPixels::convert_plain(std::span<const std::byte> samples, std::span<std::byte> row) const {
    const int colours = layout_.colour_samples();
    const bool inverted = layout_.colour == TiffColour::white_is_zero;
    const bool premultiplied = layout_.alpha == TiffAlpha::premultiplied;
    const std::size_t from_step = static_cast<std::size_t>(layout_.samples) * sizeof(Sample);
    const std::byte* from = samples.data();
    std::byte* to = row.data();
    for (std::uint32_t x = 0; x < layout_.width; ++x, from += from_step) {
        const Sample alpha = layout_.alpha == TiffAlpha::none ? full_value<Sample>()
                                                              : load<Sample>(from + colours * sizeof(Sample));
        for (int c = 0; c < colours; ++c, to += sizeof(Sample)) {
            auto sample = load<Sample>(from + c * sizeof(Sample));
            sample = inverted ? static_cast<Sample>(full_value<Sample>() - sample) : sample;
            store(to, premultiplied ? divided_by_alpha(sample, alpha) : sample);
        }
        if (layout_.alpha != TiffAlpha::none) {
            store(to, alpha);
            to += sizeof(Sample);
        }
    }
}

void TiffPixels::convert_palette(std::span<const std::byte> samples, std::span<std::byte> row) const {
    const auto step = static_cast<std::size_t>(layout_.samples);
    const std::size_t channels = layout_.format().channels;
    for (std::uint32_t x = 0; x < layout_.width; ++x) {
        const auto& colour = layout_.palette[std::to_integer<std::size_t>(samples[x * step])];
        std::memcpy(row.data() + x * channels, colour.data(), channels);
    }
}

/// Of one pixel.
template <typename Sample>
void TiffPixels::put_inks(const std::byte* from, std::byte* to) const {
    const auto inks = static_cast<std::size_t>(layout_.colour_samples());
    if (layout_.alpha != TiffAlpha::premultiplied) {
        std::memcpy(to, from, inks * sizeof(Sample));
        return;
    }
    const auto alpha = load<Sample>(from + inks * sizeof(Sample));
    for (std::size_t i = 0; i < inks; ++i) {
        store(to + i * sizeof(Sample), divided_by_alpha(load<Sample>(from + i * sizeof(Sample)), alpha));
    }
}

/// CMYK and Lab.
template <typename Sample>
void TiffPixels::convert_colour(std::span<const std::byte> samples, std::span<std::byte> row) {
    const auto colours = static_cast<std::size_t>(layout_.colour_samples());
    const std::size_t from_step = static_cast<std::size_t>(layout_.samples) * sizeof(Sample);
    for (std::size_t x = 0; x < layout_.width; ++x) {
        const std::byte* from = samples.data() + x * from_step;
        if (layout_.colour == TiffColour::cmyk) {
            put_inks<Sample>(from, colour_row_.data() + x * colours * sizeof(Sample));
        } else {
            const std::array<float, 3> lab = lab_of<Sample>(from, layout_.colour);
            std::memcpy(colour_row_.data() + x * sizeof lab, lab.data(), sizeof lab);
        }
    }
    converter_->convert(colour_row_, rgb_row_);
    constexpr std::size_t rgb_bytes = 3 * sizeof(Sample);
    const std::size_t to_step = layout_.format().bytes_per_pixel();
    for (std::size_t x = 0; x < layout_.width; ++x) {
        std::byte* to = row.data() + x * to_step;
        std::memcpy(to, rgb_row_.data() + x * rgb_bytes, rgb_bytes);
        if (layout_.alpha != TiffAlpha::none) {
            store(to + rgb_bytes, load<Sample>(samples.data() + x * from_step + colours * sizeof(Sample)));
        }
    }
}

} // namespace kizuna::codec
