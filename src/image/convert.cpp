#include "image/convert.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

namespace kizuna {

namespace {

template <typename T>
constexpr float full_scale = std::is_same_v<T, float> ? 1.0F
                                                      : static_cast<float>(std::numeric_limits<T>::max());

template <typename To, typename From>
To convert_sample(From value) {
    if constexpr (std::is_same_v<To, float>) {
        return static_cast<float>(value) / full_scale<From>;
    } else if constexpr (std::is_same_v<From, float>) {
        const float clamped = value > 0.0F ? std::min(value, 1.0F) : 0.0F; // NaN compares false
        // Not lround: it is a call per sample. Half away from zero is the same for what cannot be negative.
        return static_cast<To>(clamped * full_scale<To> + 0.5F); // NOLINT(bugprone-incorrect-roundings)
    } else if constexpr (sizeof(To) > sizeof(From)) {
        return static_cast<To>(value * 257U); // 255·257 = 65535
    } else {
        return static_cast<To>((value + 128U) / 257U);
    }
}

template <typename To, typename From>
void convert_row(std::span<const std::byte> from, std::span<std::byte> to) {
    const auto* source = reinterpret_cast<const From*>(from.data());
    auto* target = reinterpret_cast<To*>(to.data());
    std::transform(source, source + from.size() / sizeof(From), target, convert_sample<To, From>);
}

using ConvertRow = void (*)(std::span<const std::byte>, std::span<std::byte>);

template <typename From>
ConvertRow converter_from(SampleType to) {
    switch (to) {
    case SampleType::u8:
        return convert_row<std::uint8_t, From>;
    case SampleType::u16:
        return convert_row<std::uint16_t, From>;
    case SampleType::f32:
        break;
    }
    return convert_row<float, From>;
}

ConvertRow converter(SampleType from, SampleType to) {
    switch (from) {
    case SampleType::u8:
        return converter_from<std::uint8_t>(to);
    case SampleType::u16:
        return converter_from<std::uint16_t>(to);
    case SampleType::f32:
        break;
    }
    return converter_from<float>(to);
}

ImageInfo with_format(ImageInfo info, PixelFormat format) {
    info.format = format;
    return info;
}

class SampleConverter final : public RowSource {
  public:
    SampleConverter(std::unique_ptr<RowSource> source, SampleType to)
        : RowSource(with_format(source->info(), {source->info().format.channels, to}))
        , source_(std::move(source))
        , convert_(converter(source_->info().format.sample, to))
        , row_(source_->info().row_bytes()) {}

    void read_row(std::span<std::byte> row) override {
        source_->read_row(row_);
        convert_(row_, row);
    }

  private:
    std::unique_ptr<RowSource> source_;
    ConvertRow convert_;
    std::vector<std::byte> row_;
};

// One pixel of f32 samples from one channel count to another.
void convert_pixel(const float* from, PixelFormat from_format, float* to, PixelFormat to_format) {
    const float alpha = from_format.has_alpha() ? from[from_format.colour_channels()] : 1.0F;
    for (int c = 0; c < to_format.colour_channels(); ++c) {
        const float value = from[from_format.colour_channels() == 1 ? 0 : c];
        to[c] = to_format.has_alpha() ? value : value * alpha + (1.0F - alpha);
    }
    if (to_format.has_alpha()) {
        to[to_format.colour_channels()] = alpha;
    }
}

class ChannelConverter final : public RowSource {
  public:
    ChannelConverter(std::unique_ptr<RowSource> source, std::uint8_t channels)
        : RowSource(with_format(source->info(), {channels, SampleType::f32}))
        , source_(std::move(source))
        , row_(source_->info().row_bytes()) {}

    void read_row(std::span<std::byte> row) override {
        source_->read_row(row_);
        const PixelFormat from = source_->info().format;
        const PixelFormat to = info_.format;
        const float* in = as_floats(std::span<std::byte>(row_)).data();
        float* out = as_floats(row).data();
        for (std::uint32_t x = 0; x < info_.width; ++x, in += from.channels, out += to.channels) {
            convert_pixel(in, from, out, to);
        }
    }

  private:
    std::unique_ptr<RowSource> source_;
    std::vector<std::byte> row_;
};

std::unique_ptr<RowSource> convert_samples(std::unique_ptr<RowSource> source, SampleType to) {
    if (source->info().format.sample == to) {
        return source;
    }
    return std::make_unique<SampleConverter>(std::move(source), to);
}

} // namespace

std::unique_ptr<RowSource> convert_format(std::unique_ptr<RowSource> source, PixelFormat to) {
    const PixelFormat from = source->info().format;
    if (from.channels != to.channels) {
        if (to.colour_channels() < from.colour_channels()) {
            throw Error(ErrorCode::internal, "colour cannot be converted to grey");
        }
        source = std::make_unique<ChannelConverter>(
            convert_samples(std::move(source), SampleType::f32), to.channels);
    }
    return convert_samples(std::move(source), to.sample);
}

} // namespace kizuna
