#include "engine/cpu/kernel.hpp"
#include "engine/cpu/rows.hpp"

#include <algorithm>
#include <vector>

namespace kizuna::cpu {

namespace {

// The mean of `pixels` packed pixels, by channel.
void mean_of(const float* row, std::int64_t pixels, std::vector<double>& sums, float* mean) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::int64_t x = 0; x < pixels; ++x) {
        for (double& sum : sums) {
            sum += *row++;
        }
    }
    for (const double sum : sums) {
        *mean++ = static_cast<float>(sum / static_cast<double>(pixels));
    }
}

class RowMeans final : public Kernel {
  public:
    void run(std::span<const View> in, const View& out, Rows rows, Scratch& scratch) const override {
        float* const memory = scratch.floats(row_length(in[0]) + row_length(out));
        std::vector<double> sums(static_cast<std::size_t>(out.channels));
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            float* const to = begin_row(out, y, memory + row_length(in[0]));
            mean_of(read_row(in[0], y, memory), in[0].width, sums, to);
            finish_row(out, y, to);
        }
    }

    [[nodiscard]] std::string name() const override { return "row means"; }
};

class ColumnMean final : public Kernel {
  public:
    [[nodiscard]] Rows needs(std::size_t /*input*/, Rows /*rows*/, Heights heights) const override {
        return {0, heights.in};
    }

    void run(std::span<const View> in, const View& out, Rows /*rows*/, Scratch& scratch) const override {
        const std::size_t length = row_length(out);
        float* const memory = scratch.floats(static_cast<std::size_t>(in[0].height + 1) * length);
        for (std::int64_t y = 0; y < in[0].height; ++y) {
            float* const to = memory + (static_cast<std::size_t>(y) * length);
            const float* const row = read_row(in[0], y, to);
            std::copy_n(row, row == to ? 0 : length, to);
        }
        std::vector<double> sums(length);
        float* const mean = begin_row(out, 0, memory + (static_cast<std::size_t>(in[0].height) * length));
        mean_of(memory, in[0].height, sums, mean);
        finish_row(out, 0, mean);
    }

    [[nodiscard]] std::string name() const override { return "mean"; }
};

} // namespace

std::unique_ptr<Kernel> make_row_means() {
    return std::make_unique<RowMeans>();
}

std::unique_ptr<Kernel> make_column_mean() {
    return std::make_unique<ColumnMean>();
}

} // namespace kizuna::cpu
