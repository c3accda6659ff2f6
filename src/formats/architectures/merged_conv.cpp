#include "formats/architectures/merged_conv.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace kizuna::architectures {

namespace {

constexpr std::int64_t merged_side = 3;
constexpr std::int64_t centre = 4; // of the 9 places of a kernel
/// Merging takes the third power of it. The networks in use have up to 128.
constexpr std::int64_t most_channels = 512;

struct Part {
    WeightTensor weight;
    WeightTensor bias;

    [[nodiscard]] std::int64_t out() const { return weight.shape[0]; }

    [[nodiscard]] std::int64_t in() const { return weight.shape[1]; }

    [[nodiscard]] double at(std::int64_t o, std::int64_t i, std::int64_t place = 0) const {
        const std::int64_t places = weight.shape[2] * weight.shape[3];
        return weight.data[static_cast<std::size_t>((((o * in()) + i) * places) + place)];
    }

    [[nodiscard]] double bias_of(std::int64_t o) const { return bias.data[static_cast<std::size_t>(o)]; }
};

Part take_part(Weights& weights, const std::string& name, std::int64_t side) {
    Part part{weights.take(name + ".weight"), weights.take(name + ".bias")};
    const auto& shape = part.weight.shape;
    if (shape.size() != 4 || shape[2] != side || shape[3] != side ||
        !std::cmp_equal(part.bias.data.size(), shape[0])) {
        throw Error(ErrorCode::bad_network, fmt::format("{} is no convolution of {}x{}", name, side, side));
    }
    if (part.in() > most_channels || part.out() > most_channels) {
        throw Error(
            ErrorCode::limit_exceeded, fmt::format("{} has more than {} channels", name, most_channels));
    }
    return part;
}

/// A 1×1 convolution before a larger one, or behind it, makes another of the larger one's size. The bias of
/// `before` passes through every place of the kernel, as it does away from the border.
Part join(const Part& before, const Part& after) {
    const Part& large = before.weight.shape[2] > after.weight.shape[2] ? before : after;
    const std::int64_t places = large.weight.shape[2] * large.weight.shape[3];
    Part joined;
    joined.weight.shape = {after.out(), before.in(), large.weight.shape[2], large.weight.shape[3]};
    joined.bias.shape = {after.out()};
    std::vector<double> sums(static_cast<std::size_t>(before.in() * places));
    for (std::int64_t o = 0; o < after.out(); ++o) {
        std::fill(sums.begin(), sums.end(), 0.0);
        double bias = after.bias_of(o);
        for (std::int64_t m = 0; m < before.out(); ++m) {
            for (std::int64_t place = 0; place < places; ++place) {
                const double second = &large == &after ? after.at(o, m, place) : after.at(o, m);
                if (&large == &after || place == 0) {
                    bias += second * before.bias_of(m);
                }
                for (std::int64_t i = 0; i < before.in(); ++i) {
                    const double first = &large == &before ? before.at(m, i, place) : before.at(m, i);
                    sums[static_cast<std::size_t>((i * places) + place)] += second * first;
                }
            }
        }
        joined.weight.data.insert(joined.weight.data.end(), sums.begin(), sums.end());
        joined.bias.data.push_back(static_cast<float>(bias));
    }
    return joined;
}

void check_fit(const Part& before, const Part& after, const std::string& name) {
    if (before.out() != after.in()) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format("the parts of {} do not fit: {} channels go to {}", name, before.out(), after.in()));
    }
}

Conv2d as_operator(Part part) {
    Conv2d op;
    op.weight = {{part.out(), part.in(), merged_side, merged_side}, std::move(part.weight.data)};
    op.bias = std::move(part.bias.data);
    op.padding = {1, 1, 1, 1};
    return op;
}

} // namespace

bool has_merged_conv(const Weights& weights, const std::string& name) {
    return weights.has(name + ".sk.weight") || weights.has(name + ".eval_conv.weight");
}

std::int64_t merged_conv_inputs(const Weights& weights, const std::string& name) {
    return std::max(weights.side(name + ".sk.weight", 1), weights.side(name + ".eval_conv.weight", 1));
}

Conv2d take_merged_conv(Weights& weights, const std::string& name) {
    const std::string whole = name + ".eval_conv";
    if (!weights.has(name + ".sk.weight")) {
        return as_operator(take_part(weights, whole, merged_side));
    }
    for (const char* unused : {".weight", ".bias"}) {
        if (weights.has(whole + unused)) {
            (void)weights.take(whole + unused);
        }
    }
    const Part first = take_part(weights, name + ".conv.0", 1);
    const Part second = take_part(weights, name + ".conv.1", merged_side);
    const Part third = take_part(weights, name + ".conv.2", 1);
    const Part bypass = take_part(weights, name + ".sk", 1);
    check_fit(first, second, name);
    check_fit(second, third, name);
    if (bypass.in() != first.in() || bypass.out() != third.out()) {
        throw Error(ErrorCode::bad_network, fmt::format("the parts of {} do not fit", name));
    }
    Part all = join(join(first, second), third);
    for (std::int64_t o = 0; o < all.out(); ++o) {
        for (std::int64_t i = 0; i < all.in(); ++i) {
            all.weight.data[static_cast<std::size_t>(
                (((o * all.in()) + i) * merged_side * merged_side) + centre)] +=
                static_cast<float>(bypass.at(o, i));
        }
        all.bias.data[static_cast<std::size_t>(o)] += static_cast<float>(bypass.bias_of(o));
    }
    return as_operator(std::move(all));
}

} // namespace kizuna::architectures
