#include "graph/channels.hpp"
#include "graph/passes.hpp"
#include "graph/rewriter.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace kizuna {

namespace {

// One number for all channels, or one each.
float of_channel(const std::vector<float>& numbers, std::size_t channel) {
    return numbers[numbers.size() == 1 ? 0 : channel];
}

/// x·scale + offset for each kind; `constant_first` where the constant is the left operand.
std::optional<Affine> as_affine(Binary::Kind kind, const std::vector<float>& constant, bool constant_first) {
    std::vector<float> negative(constant.size());
    std::vector<float> inverse(constant.size());
    for (std::size_t i = 0; i < constant.size(); ++i) {
        negative[i] = -constant[i];
        inverse[i] = 1 / constant[i];
    }
    switch (kind) {
    case Binary::Kind::add:
        return Affine{{1}, constant};
    case Binary::Kind::sub:
        return constant_first ? Affine{{-1}, constant} : Affine{{1}, negative};
    case Binary::Kind::mul:
        return Affine{constant, {0}};
    case Binary::Kind::div:
        if (!constant_first &&
            std::all_of(inverse.begin(), inverse.end(), [](float x) { return std::isfinite(x); })) {
            return Affine{inverse, {0}};
        }
        break;
    case Binary::Kind::max:
    case Binary::Kind::min:
        break;
    }
    return std::nullopt;
}

class Folding {
  public:
    explicit Folding(const Graph& graph)
        : rewriter_(graph)
        , channels_(channel_counts(graph)) {}

    Graph run() {
        return rewriter_.run([this](int i) { rewrite(i); });
    }

  private:
    void rewrite(int i) {
        if (const auto* const affine = rewriter_.get<Affine>(i)) {
            fold(i, rewriter_.node(i).inputs[0], *affine);
        } else if (rewriter_.get<Binary>(i) != nullptr) {
            rewrite_binary(i);
        } else {
            rewriter_.keep(i);
        }
    }

    void rewrite_binary(int i) {
        const std::vector<int>& inputs = rewriter_.node(i).inputs;
        for (const std::size_t side : {1U, 0U}) {
            const int other = inputs[1 - side];
            const auto* const constant = rewriter_.get<Constant>(inputs[side]);
            if (constant == nullptr || rewriter_.get<Constant>(other) != nullptr ||
                !is_by_channel(*constant, other)) {
                continue;
            }
            const Binary::Kind kind = rewriter_.get<Binary>(i)->kind;
            if (const auto affine = as_affine(kind, constant->value.data, side == 0)) {
                fold(i, other, *affine);
                return;
            }
        }
        rewriter_.keep(i);
    }

    // The other operand is not to be broadcast.
    [[nodiscard]] bool is_by_channel(const Constant& constant, int other) const {
        const Shape& shape = constant.value.shape;
        return shape.h == 1 && shape.w == 1 &&
               (shape.c == 1 || shape.c == channels_[static_cast<std::size_t>(other)]);
    }

    // Node i is `affine` of the value of `input`.
    void fold(int i, int input, const Affine& affine) {
        const int before = rewriter_.value(input);
        if (rewriter_.has_one_reader(input)) {
            Operator& op = rewriter_.made(before).op;
            if (fold_into(op, affine)) {
                rewriter_.replace(i, before);
                return;
            }
        }
        rewriter_.replace(i, rewriter_.add({rewriter_.node(i).name, affine, {before}}));
    }

    static bool fold_into(Operator& op, const Affine& affine) {
        if (auto* const conv = std::get_if<Conv2d>(&op)) {
            const auto outputs = static_cast<std::size_t>(conv->weight.shape.n);
            const std::size_t each = conv->weight.data.size() / outputs;
            for (std::size_t w = 0; w < conv->weight.data.size(); ++w) {
                conv->weight.data[w] *= of_channel(affine.scale, w / each);
            }
            fold_bias(conv->bias, outputs, affine);
            return true;
        }
        if (auto* const conv = std::get_if<ConvTranspose2d>(&op)) {
            fold_transposed(*conv, affine);
            return true;
        }
        if (auto* const earlier = std::get_if<Affine>(&op)) {
            *earlier = chained(*earlier, affine);
            return true;
        }
        return false;
    }

    static void fold_bias(std::vector<float>& bias, std::size_t outputs, const Affine& affine) {
        bias.resize(outputs);
        for (std::size_t o = 0; o < outputs; ++o) {
            bias[o] = (bias[o] * of_channel(affine.scale, o)) + of_channel(affine.offset, o);
        }
    }

    static void fold_transposed(ConvTranspose2d& conv, const Affine& affine) {
        const auto group_inputs = static_cast<std::size_t>(conv.weight.shape.n / conv.groups);
        const auto group_outputs = static_cast<std::size_t>(conv.weight.shape.c);
        const auto kernel = static_cast<std::size_t>(conv.weight.shape.h * conv.weight.shape.w);
        for (std::size_t w = 0; w < conv.weight.data.size(); ++w) {
            const std::size_t output = w / kernel % group_outputs;
            const std::size_t group = w / kernel / group_outputs / group_inputs;
            conv.weight.data[w] *= of_channel(affine.scale, (group * group_outputs) + output);
        }
        fold_bias(conv.bias, group_outputs * static_cast<std::size_t>(conv.groups), affine);
    }

    static Affine chained(const Affine& first, const Affine& second) {
        const auto longest = [](const std::vector<float>& a, const std::vector<float>& b) {
            return std::max(a.size(), b.size());
        };
        Affine result{
            std::vector<float>(longest(first.scale, second.scale)),
            std::vector<float>(std::max(longest(first.offset, second.offset), second.scale.size()))};
        for (std::size_t c = 0; c < result.scale.size(); ++c) {
            result.scale[c] = of_channel(first.scale, c) * of_channel(second.scale, c);
        }
        for (std::size_t c = 0; c < result.offset.size(); ++c) {
            result.offset[c] =
                (of_channel(first.offset, c) * of_channel(second.scale, c)) + of_channel(second.offset, c);
        }
        return result;
    }

    Rewriter rewriter_;
    std::vector<std::int64_t> channels_;
};

} // namespace

Graph with_folded_scales(const Graph& graph) {
    return Folding(graph).run();
}

} // namespace kizuna
