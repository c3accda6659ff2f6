#include "engine/cpu/clones.hpp"
#include "engine/cpu/kernel.hpp"
#include "engine/cpu/rows.hpp"
#include "graph/resize_axis.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace kizuna::cpu {

namespace {

/// What one output column reads, with the edges repeated: channels begin at these places of a row.
struct Column {
    std::array<std::int64_t, 4> at{};
    std::array<float, 4> weight{};
    bool is_copy = false; ///< of the first place alone
};

KIZUNA_CLONES void add_scaled(const float* in, float scale, float* out, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        out[i] += scale * in[i];
    }
}

KIZUNA_CLONES void set_scaled(const float* in, float scale, float* out, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = scale * in[i];
    }
}

// A column with one tap is a copy: a weight of 0 must not spread infinities. `Channels` is 0 where it is not
// known beforehand.
template <std::int64_t Channels>
void resample_pixels(
    const float* row, const std::vector<Column>& columns, std::int64_t any_channels, float* to) {
    const std::int64_t channels = Channels > 0 ? Channels : any_channels;
    for (const Column& column : columns) {
        const auto& [at, weight, is_copy] = column;
        if (is_copy) {
            for (std::int64_t c = 0; c < channels; ++c) {
                to[c] = row[at[0] + c];
            }
        } else {
            for (std::int64_t c = 0; c < channels; ++c) {
                to[c] = (weight[0] * row[at[0] + c]) + (weight[1] * row[at[1] + c]) +
                        (weight[2] * row[at[2] + c]) + (weight[3] * row[at[3] + c]);
            }
        }
        to += channels;
    }
}

// Most pixels are colours, and a loop over three numbers is no loop if the compiler knows.
void resample_row(const float* row, const std::vector<Column>& columns, std::int64_t channels, float* to) {
    switch (channels) {
    case 1:
        return resample_pixels<1>(row, columns, channels, to);
    case 3:
        return resample_pixels<3>(row, columns, channels, to);
    default:
        return resample_pixels<0>(row, columns, channels, to);
    }
}

class ResizeKernel final : public Kernel {
  public:
    explicit ResizeKernel(const Resize& op)
        : op_(op) {}

    // A row that falls onto an input row reads it alone; the next one may begin above it.
    [[nodiscard]] Rows needs(std::size_t /*input*/, Rows rows, Heights heights) const override {
        const ResizeAxis axis{op_.scale_h, heights.in, heights.out};
        Rows needed{heights.in, 0};
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            const ResizeTaps taps = resize_taps(op_, axis, y);
            const std::int64_t last = taps.first + taps.count - 1;
            needed.begin = std::min(needed.begin, std::clamp<std::int64_t>(taps.first, 0, heights.in - 1));
            needed.end = std::max(needed.end, std::clamp<std::int64_t>(last, 0, heights.in - 1) + 1);
        }
        return needed;
    }

    void run(std::span<const View> in, const View& out, Rows rows, Scratch& scratch) const override {
        const std::size_t in_length = row_length(in[0]);
        float* const memory = scratch.floats((2 * in_length) + row_length(out));
        const std::vector<Column> columns = columns_of(in[0], out);
        const ResizeAxis axis{op_.scale_h, in[0].height, out.height};
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            const float* const row = blend_rows(in[0], resize_taps(op_, axis, y), memory, memory + in_length);
            float* const to = begin_row(out, y, memory + (2 * in_length));
            resample_row(row, columns, out.channels, to);
            finish_row(out, y, to);
        }
    }

    [[nodiscard]] std::string name() const override { return "Resize"; }

  private:
    [[nodiscard]] std::vector<Column> columns_of(const View& in, const View& out) const {
        const ResizeAxis axis{op_.scale_w, in.width, out.width};
        std::vector<Column> columns(static_cast<std::size_t>(out.width));
        for (std::size_t x = 0; x < columns.size(); ++x) {
            const ResizeTaps taps = resize_taps(op_, axis, static_cast<std::int64_t>(x));
            columns[x].is_copy = taps.count == 1;
            for (std::size_t i = 0; i < 4; ++i) {
                const auto at =
                    std::clamp<std::int64_t>(taps.first + static_cast<std::int64_t>(i), 0, in.width - 1);
                const bool used = std::cmp_less(i, taps.count);
                columns[x].at[i] = used ? at * in.channels : columns[x].at[0];
                columns[x].weight[i] = used ? static_cast<float>(taps.weights[i]) : 0;
            }
        }
        return columns;
    }

    static const float* blend_rows(const View& in, const ResizeTaps& taps, float* buffer, float* sum) {
        const auto row = [&](int i) {
            return read_row(in, std::clamp<std::int64_t>(taps.first + i, 0, in.height - 1), buffer);
        };
        if (taps.count == 1) {
            return row(0);
        }
        set_scaled(row(0), static_cast<float>(taps.weights[0]), sum, row_length(in));
        for (int i = 1; i < taps.count; ++i) {
            add_scaled(
                row(i), static_cast<float>(taps.weights[static_cast<std::size_t>(i)]), sum, row_length(in));
        }
        return sum;
    }

    Resize op_;
};

} // namespace

std::unique_ptr<Kernel> make_resize(const Resize& op) {
    return std::make_unique<ResizeKernel>(op);
}

} // namespace kizuna::cpu
