#include "upscale/hidden_colours.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace kizuna {

namespace {

constexpr float grey = 0.5F;

/// A row of colours with alpha. Most rows hide nothing: they pass all steps untouched.
struct Row {
    std::vector<float> samples;
    bool hides = false;
};

using RowPointer = std::shared_ptr<const Row>;

/// What one step looks at; empty beyond the picture.
struct Neighbourhood {
    RowPointer above;
    RowPointer here;
    RowPointer below;
    std::uint32_t rows_taken = 0;
};

class FilledColours final : public RowSource {
  public:
    explicit FilledColours(std::unique_ptr<RowSource> source)
        : RowSource(source->info())
        , source_(std::move(source))
        , channels_(info_.format.channels) {
        info_.format.channels = static_cast<std::uint8_t>(channels_ - 1);
    }

    void read_row(std::span<std::byte> row) override {
        const RowPointer filled = row_after(steps_.size());
        float* to = as_floats(row).data();
        for (std::size_t x = 0; x < info_.width; ++x) {
            const float* const from = filled->samples.data() + x * channels_;
            const bool known = from[channels_ - 1] > 0;
            for (std::size_t c = 0; c + 1 < channels_; ++c) {
                *to++ = known ? from[c] : grey;
            }
        }
    }

  private:
    /// The next row behind so many steps.
    RowPointer row_after(std::size_t step) {
        if (step == 0) {
            return read();
        }
        Neighbourhood& rows = steps_[step - 1];
        if (rows.rows_taken == 0) {
            rows.below = next(rows, step);
        }
        rows.above = std::exchange(rows.here, std::exchange(rows.below, nullptr));
        rows.below = next(rows, step);
        return rows.here->hides ? spread(rows) : rows.here;
    }

    RowPointer next(Neighbourhood& rows, std::size_t step) {
        if (rows.rows_taken == info_.height) {
            return nullptr;
        }
        ++rows.rows_taken;
        return row_after(step - 1);
    }

    RowPointer read() {
        auto row = std::make_shared<Row>();
        row->samples.resize(std::size_t{info_.width} * channels_);
        source_->read_row(std::as_writable_bytes(std::span(row->samples)));
        row->hides = hides(*row);
        return row;
    }

    [[nodiscard]] bool hides(const Row& row) const {
        for (std::size_t i = channels_ - 1; i < row.samples.size(); i += channels_) {
            if (!(row.samples[i] > 0)) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] RowPointer spread(const Neighbourhood& rows) const {
        auto result = std::make_shared<Row>(*rows.here);
        for (std::size_t x = 0; x < info_.width; ++x) {
            float* const pixel = result->samples.data() + x * channels_;
            if (!(pixel[channels_ - 1] > 0)) {
                take_mean(rows, x, {pixel, channels_});
            }
        }
        result->hides = hides(*result);
        return result;
    }

    void take_mean(const Neighbourhood& rows, std::size_t x, std::span<float> pixel) const {
        std::array<float, 4> sums{};
        float neighbours = 0;
        for (const Row* row : {rows.above.get(), rows.here.get(), rows.below.get()}) {
            if (row == nullptr) {
                continue;
            }
            for (std::size_t i = x == 0 ? x : x - 1; i <= std::min<std::size_t>(x + 1, info_.width - 1);
                 ++i) {
                const float* const from = row->samples.data() + i * channels_;
                const float weight = from[channels_ - 1];
                if (weight > 0) {
                    ++neighbours;
                    sums.back() += weight;
                    for (std::size_t c = 0; c + 1 < channels_; ++c) {
                        sums[c] += weight * from[c];
                    }
                }
            }
        }
        if (neighbours > 0) {
            for (std::size_t c = 0; c + 1 < channels_; ++c) {
                pixel[c] = sums[c] / sums.back();
            }
            pixel.back() = sums.back() / neighbours;
        }
    }

    std::unique_ptr<RowSource> source_;
    std::size_t channels_; ///< with alpha
    std::array<Neighbourhood, continued_colours_px> steps_;
};

} // namespace

std::unique_ptr<RowSource> with_hidden_colours_filled(std::unique_ptr<RowSource> source) {
    return std::make_unique<FilledColours>(std::move(source));
}

} // namespace kizuna
