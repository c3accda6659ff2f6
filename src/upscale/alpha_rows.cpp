#include "upscale/alpha_rows.hpp"

#include "upscale/hidden_colours.hpp"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

namespace kizuna {

namespace {

ImageInfo with_channels(ImageInfo info, int channels) {
    info.format.channels = static_cast<std::uint8_t>(channels);
    return info;
}

/// Channels [first, first + to.size() per pixel) of interleaved pixels.
void copy_channels(
    std::span<const float> from, int from_channels, int from_first, std::span<float> to, int to_channels,
    int to_first, int count) {
    const std::size_t pixels = from.size() / from_channels;
    for (std::size_t i = 0; i < pixels; ++i) {
        for (int c = 0; c < count; ++c) {
            to[i * to_channels + to_first + c] = from[i * from_channels + from_first + c];
        }
    }
}

/// The source's rows, each kept until both halves have had it.
struct SharedRows {
    std::unique_ptr<RowSource> source;
    std::deque<std::vector<float>> all;
    std::deque<std::vector<float>> alpha;

    void pull() {
        const auto channels = static_cast<std::size_t>(source->info().format.channels);
        auto& row = all.emplace_back(source->info().width * channels);
        source->read_row(std::as_writable_bytes(std::span(row)));
        auto& alpha_row = alpha.emplace_back(source->info().width);
        copy_channels(row, static_cast<int>(channels), static_cast<int>(channels) - 1, alpha_row, 1, 0, 1);
    }
};

class Half final : public RowSource {
  public:
    Half(std::shared_ptr<SharedRows> shared, std::deque<std::vector<float>>& rows, int channels)
        : RowSource(with_channels(shared->source->info(), channels))
        , shared_(std::move(shared))
        , rows_(rows) {}

    void read_row(std::span<std::byte> row) override {
        if (rows_.empty()) {
            shared_->pull();
        }
        const auto bytes = std::as_bytes(std::span(rows_.front()));
        std::copy(bytes.begin(), bytes.end(), row.begin());
        rows_.pop_front();
    }

  private:
    std::shared_ptr<SharedRows> shared_;
    std::deque<std::vector<float>>& rows_; ///< of *shared_
};

class Joined final : public RowSource {
  public:
    Joined(std::unique_ptr<RowSource> colour, std::unique_ptr<RowSource> alpha)
        : RowSource(with_channels(colour->info(), colour->info().format.channels + 1))
        , colour_(std::move(colour))
        , alpha_(std::move(alpha))
        , colour_row_(colour_->info().row_bytes())
        , alpha_row_(alpha_->info().row_bytes()) {}

    void read_row(std::span<std::byte> row) override {
        colour_->read_row(colour_row_);
        alpha_->read_row(alpha_row_);
        const int channels = info_.format.channels;
        const int colours = channels - 1;
        const auto to = as_floats(row);
        copy_channels(
            as_floats(std::span<const std::byte>(colour_row_)), colours, 0, to, channels, 0, colours);
        const auto alpha = as_floats(std::span<std::byte>(alpha_row_));
        for (float& value : alpha) { // which the filter overshoots
            value = std::clamp(value, 0.0F, 1.0F);
        }
        copy_channels(alpha, 1, 0, to, channels, colours, 1);
    }

  private:
    std::unique_ptr<RowSource> colour_;
    std::unique_ptr<RowSource> alpha_;
    std::vector<std::byte> colour_row_;
    std::vector<std::byte> alpha_row_;
};

} // namespace

ColourAndAlpha split_alpha(std::unique_ptr<RowSource> source) {
    auto shared = std::make_shared<SharedRows>();
    const int channels = source->info().format.channels;
    shared->source = std::move(source);
    return {
        with_hidden_colours_filled(std::make_unique<Half>(shared, shared->all, channels)),
        std::make_unique<Half>(shared, shared->alpha, 1)};
}

std::unique_ptr<RowSource> join_alpha(std::unique_ptr<RowSource> colour, std::unique_ptr<RowSource> alpha) {
    return std::make_unique<Joined>(std::move(colour), std::move(alpha));
}

} // namespace kizuna
