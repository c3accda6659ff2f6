#include "engine/cpu/clones.hpp"
#include "engine/cpu/kernel.hpp"
#include "engine/cpu/rows.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace kizuna::cpu {

namespace {

KIZUNA_CLONES void prelu(const float* in, const float* slope, float* out, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = in[i] < 0 ? slope[i] * in[i] : in[i];
    }
}

KIZUNA_CLONES void
affine(const float* in, const float* scale, const float* offset, float* out, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = (in[i] * scale[i]) + offset[i];
    }
}

KIZUNA_CLONES void clip(const float* in, float low, float high, float* out, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const float raised = in[i] < low ? low : in[i]; // NaN stays
        out[i] = raised > high ? high : raised;
    }
}

template <typename Combine>
inline void combine(const float* a, const float* b, float* out, std::size_t count, Combine function) {
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = function(a[i], b[i]);
    }
}

KIZUNA_CLONES void binary(Binary::Kind kind, const float* a, const float* b, float* out, std::size_t count) {
    switch (kind) {
    case Binary::Kind::add:
        return combine(a, b, out, count, [](float x, float y) { return x + y; });
    case Binary::Kind::sub:
        return combine(a, b, out, count, [](float x, float y) { return x - y; });
    case Binary::Kind::mul:
        return combine(a, b, out, count, [](float x, float y) { return x * y; });
    case Binary::Kind::div:
        return combine(a, b, out, count, [](float x, float y) { return x / y; });
    case Binary::Kind::max:
        return combine(a, b, out, count, [](float x, float y) { return x < y ? y : x; });
    case Binary::Kind::min:
        return combine(a, b, out, count, [](float x, float y) { return y < x ? y : x; });
    }
}

/// One input, each number by itself. `Op` is what the row function is called with.
template <typename Op>
class Map final : public Kernel {
  public:
    explicit Map(Op op)
        : op_(std::move(op)) {}

    void run(std::span<const View> in, const View& out, Rows rows, Scratch& scratch) const override {
        const std::size_t length = row_length(out);
        float* const memory = scratch.floats(4 * length);
        prepare(out, memory + (2 * length));
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            const float* const from = read_row(in[0], y, memory);
            float* const to = begin_row(out, y, memory + length);
            apply(from, to, length, memory + (2 * length));
            finish_row(out, y, to);
        }
    }

    [[nodiscard]] std::string name() const override { return std::string(operator_name(op_)); }

  private:
    // Parameters by channel, as a row or two.
    void prepare([[maybe_unused]] const View& out, [[maybe_unused]] float* parameters) const {
        if constexpr (std::is_same_v<Op, PRelu>) {
            spread(op_.slope, out.width, out.channels, parameters);
        } else if constexpr (std::is_same_v<Op, Affine>) {
            spread(op_.scale, out.width, out.channels, parameters);
            spread(op_.offset, out.width, out.channels, parameters + row_length(out));
        }
    }

    void
    apply(const float* in, float* out, std::size_t length, [[maybe_unused]] const float* parameters) const {
        if constexpr (std::is_same_v<Op, PRelu>) {
            prelu(in, parameters, out, length);
        } else if constexpr (std::is_same_v<Op, Affine>) {
            affine(in, parameters, parameters + length, out, length);
        } else if constexpr (std::is_same_v<Op, Clip>) {
            clip(in, op_.low, op_.high, out, length);
        } else if constexpr (std::is_same_v<Op, Sigmoid>) {
            std::transform(in, in + length, out, [](float x) { return 1 / (1 + std::exp(-x)); });
        } else if constexpr (std::is_same_v<Op, Sqrt>) {
            std::transform(in, in + length, out, [](float x) { return std::sqrt(x); });
        } else {
            std::transform(in, in + length, out, [](float x) { return std::tanh(x); });
        }
    }

    Op op_;
};

class BinaryKernel final : public Kernel {
  public:
    explicit BinaryKernel(Binary op)
        : op_(op) {}

    void run(std::span<const View> in, const View& out, Rows rows, Scratch& scratch) const override {
        const std::size_t length = row_length(out);
        float* const memory = scratch.floats(4 * length);
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            const float* const a = operand(in[0], out, y, memory, memory + (3 * length));
            const float* const b = operand(in[1], out, y, memory + length, memory + (3 * length));
            float* const to = begin_row(out, y, memory + (2 * length));
            binary(op_.kind, a, b, to, length);
            finish_row(out, y, to);
        }
    }

    [[nodiscard]] std::string name() const override { return "Binary"; }

  private:
    // Row y of an input, its sides of length 1 repeated.
    static const float*
    operand(const View& in, const View& out, std::int64_t y, float* row, float* narrow_row) {
        const std::int64_t in_y = in.height == 1 ? 0 : y;
        if (in.width == out.width && in.channels == out.channels) {
            return read_row(in, in_y, row);
        }
        const float* const from = read_row(in, in_y, narrow_row);
        const std::int64_t x_step = in.width == 1 ? 0 : in.channels;
        const std::int64_t c_step = in.channels == 1 ? 0 : 1;
        for (std::int64_t x = 0; x < out.width; ++x) {
            for (std::int64_t c = 0; c < out.channels; ++c) {
                row[(x * out.channels) + c] = from[(x * x_step) + (c * c_step)];
            }
        }
        return row;
    }

    Binary op_;
};

} // namespace

Rows Kernel::needs(std::size_t /*input*/, Rows rows, Heights heights) const {
    return heights.in == 1 ? Rows{0, 1} : rows;
}

std::unique_ptr<Kernel> make_elementwise(const Operator& op) {
    return std::visit(
        [](const auto& kind) -> std::unique_ptr<Kernel> {
            using Op = std::decay_t<decltype(kind)>;
            if constexpr (
                std::is_same_v<Op, PRelu> || std::is_same_v<Op, Sigmoid> || std::is_same_v<Op, Tanh> ||
                std::is_same_v<Op, Sqrt> || std::is_same_v<Op, Clip> || std::is_same_v<Op, Affine>) {
                return std::make_unique<Map<Op>>(kind);
            } else if constexpr (std::is_same_v<Op, Binary>) {
                return std::make_unique<BinaryKernel>(kind);
            } else {
                return nullptr;
            }
        },
        op);
}

} // namespace kizuna::cpu
