#include "engine/cpu/kernel.hpp"
#include "engine/cpu/rows.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace kizuna::cpu {

namespace {

class Copy final : public Kernel {
  public:
    void run(std::span<const View> in, const View& out, Rows rows, Scratch& /*scratch*/) const override {
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            copy_row(in[0], y, out, y);
        }
    }

    [[nodiscard]] std::string name() const override { return "copy"; }
};

// …3 2 1 | 0 1 2 3 | 2 1 0…
std::int64_t reflected(std::int64_t x, std::int64_t side) {
    const std::int64_t folded = std::abs(x);
    return folded < side ? folded : (2 * (side - 1)) - folded;
}

class PadKernel final : public Kernel {
  public:
    explicit PadKernel(const Pad& op)
        : op_(op) {}

    [[nodiscard]] Rows needs(std::size_t /*input*/, Rows rows, Heights heights) const override {
        Rows needed{heights.in, 0};
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            if (const auto source = source_of(y - op_.sides.top, heights.in)) {
                needed = {std::min(needed.begin, *source), std::max(needed.end, *source + 1)};
            }
        }
        return needed.begin < needed.end ? needed : Rows{};
    }

    void run(std::span<const View> in, const View& out, Rows rows, Scratch& scratch) const override {
        float* const memory = scratch.floats(row_length(in[0]) + row_length(out));
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            float* const to = begin_row(out, y, memory + row_length(in[0]));
            if (const auto source = source_of(y - op_.sides.top, in[0].height)) {
                pad_row(read_row(in[0], *source, memory), in[0], to, out.width);
            } else {
                std::fill_n(to, row_length(out), op_.value);
            }
            finish_row(out, y, to);
        }
    }

    [[nodiscard]] std::string name() const override { return "Pad"; }

  private:
    // Empty: the constant.
    [[nodiscard]] std::optional<std::int64_t> source_of(std::int64_t at, std::int64_t side) const {
        switch (op_.mode) {
        case Pad::Mode::edge:
            return std::clamp<std::int64_t>(at, 0, side - 1);
        case Pad::Mode::reflect:
            return reflected(at, side);
        case Pad::Mode::constant:
            break;
        }
        return at < 0 || at >= side ? std::nullopt : std::optional(at);
    }

    void pad_row(const float* from, const View& in, float* to, std::int64_t width) const {
        const std::int64_t channels = in.channels;
        const auto pad_pixel = [&](std::int64_t x) {
            if (const auto source = source_of(x - op_.sides.left, in.width)) {
                std::copy_n(from + (*source * channels), channels, to + (x * channels));
            } else {
                std::fill_n(to + (x * channels), channels, op_.value);
            }
        };
        for (std::int64_t x = 0; x < op_.sides.left; ++x) {
            pad_pixel(x);
        }
        std::copy_n(from, in.width * channels, to + (op_.sides.left * channels));
        for (std::int64_t x = op_.sides.left + in.width; x < width; ++x) {
            pad_pixel(x);
        }
    }

    Pad op_;
};

// Where the number of channel c of the pixel (dy, dx) of a block lies among the packed channels.
struct Packing {
    PixelShuffle::Order order;
    std::int64_t factor;
    std::int64_t channels;

    [[nodiscard]] std::int64_t packed(std::int64_t c, std::int64_t dy, std::int64_t dx) const {
        const std::int64_t place = (dy * factor) + dx;
        return order == PixelShuffle::Order::crd ? (c * factor * factor) + place : (place * channels) + c;
    }
};

// One row of large pixels out of one row of packed ones. Packed the other way round, r·c numbers lie side by
// side.
void unpack_row(const float* from, std::int64_t width, const Packing& packing, std::int64_t dy, float* to) {
    const std::int64_t block = packing.factor * packing.channels;
    const std::int64_t stride = block * packing.factor;
    if (packing.order == PixelShuffle::Order::dcr) {
        for (std::int64_t x = 0; x < width; ++x) {
            std::copy_n(from + (x * stride) + (dy * block), block, to + (x * block));
        }
        return;
    }
    for (std::int64_t x = 0; x < width; ++x) {
        for (std::int64_t dx = 0; dx < packing.factor; ++dx) {
            for (std::int64_t c = 0; c < packing.channels; ++c) {
                to[(x * block) + (dx * packing.channels) + c] =
                    from[(x * stride) + packing.packed(c, dy, dx)];
            }
        }
    }
}

class ShuffleKernel final : public Kernel {
  public:
    explicit ShuffleKernel(const PixelShuffle& op)
        : op_(op) {}

    [[nodiscard]] Rows needs(std::size_t /*input*/, Rows rows, Heights /*heights*/) const override {
        return {rows.begin / op_.factor, ((rows.end - 1) / op_.factor) + 1};
    }

    void run(std::span<const View> in, const View& out, Rows rows, Scratch& scratch) const override {
        const Packing packing{op_.order, op_.factor, out.channels};
        float* const memory = scratch.floats(row_length(in[0]) + row_length(out));
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            const float* const from = read_row(in[0], y / op_.factor, memory);
            float* const to = begin_row(out, y, memory + row_length(in[0]));
            unpack_row(from, in[0].width, packing, y % op_.factor, to);
            finish_row(out, y, to);
        }
    }

    [[nodiscard]] std::string name() const override { return "PixelShuffle"; }

  private:
    PixelShuffle op_;
};

class UnshuffleKernel final : public Kernel {
  public:
    explicit UnshuffleKernel(const PixelUnshuffle& op)
        : op_(op) {}

    [[nodiscard]] Rows needs(std::size_t /*input*/, Rows rows, Heights /*heights*/) const override {
        return {rows.begin * op_.factor, rows.end * op_.factor};
    }

    void run(std::span<const View> in, const View& out, Rows rows, Scratch& scratch) const override {
        float* const memory = scratch.floats(row_length(in[0]) + row_length(out));
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            float* const to = begin_row(out, y, memory + row_length(in[0]));
            for (std::int64_t dy = 0; dy < op_.factor; ++dy) {
                pack_row(read_row(in[0], (y * op_.factor) + dy, memory), in[0].channels, dy, to, out);
            }
            finish_row(out, y, to);
        }
    }

    [[nodiscard]] std::string name() const override { return "PixelUnshuffle"; }

  private:
    void
    pack_row(const float* from, std::int64_t channels, std::int64_t dy, float* to, const View& out) const {
        const Packing packing{op_.order, op_.factor, channels};
        for (std::int64_t x = 0; x < out.width; ++x) {
            for (std::int64_t dx = 0; dx < op_.factor; ++dx) {
                for (std::int64_t c = 0; c < channels; ++c) {
                    to[(x * out.channels) + packing.packed(c, dy, dx)] =
                        from[(((x * op_.factor) + dx) * channels) + c];
                }
            }
        }
    }

    PixelUnshuffle op_;
};

} // namespace

std::unique_ptr<Kernel> make_copy() {
    return std::make_unique<Copy>();
}

std::unique_ptr<Kernel> make_arrangement(const Operator& op) {
    if (const auto* const pad = std::get_if<Pad>(&op)) {
        return std::make_unique<PadKernel>(*pad);
    }
    if (const auto* const shuffle = std::get_if<PixelShuffle>(&op)) {
        return std::make_unique<ShuffleKernel>(*shuffle);
    }
    if (const auto* const unshuffle = std::get_if<PixelUnshuffle>(&op)) {
        return std::make_unique<UnshuffleKernel>(*unshuffle);
    }
    return nullptr;
}

} // namespace kizuna::cpu
