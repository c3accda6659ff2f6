#include "formats/anime4k/anime4k.hpp"

#include "formats/anime4k/document.hpp"
#include "formats/architectures/weights.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

// Convolutions whose results go on as a "CReLU": what is above zero and, beside it, what is below, negated.
// Those of one feature ("conv2d_3_tf", "conv2d_3_tf1", …, four channels each) are one convolution here, which
// computes both halves, so that a plain ReLU makes the CReLU. The last feature is shuffled into pixels and
// added to the bilinearly enlarged picture: as brightness, or in three colours. Networks that restore add it
// to the picture.
namespace kizuna {

namespace {

using anime4k::Conv;
using anime4k::Document;
using anime4k::texel;

constexpr int rgb = 3;
constexpr std::size_t taps = 9; // 3 × 3, column by column

[[noreturn]] void fail(ErrorCode code, std::string_view name, std::string_view message) {
    throw Error(
        code, fmt::format("the layer \"{}\" of this network of Anime4K {}", printable_name(name), message));
}

/// "conv2d_3_tf" of "conv2d_3_tf1".
std::string_view feature_name(std::string_view conv) {
    const std::size_t last = conv.find_last_not_of("0123456789");
    const std::string_view base = conv.substr(0, last == std::string_view::npos ? 0 : last + 1);
    return base.ends_with("_tf") ? base : conv;
}

/// Layers that make one feature.
using Parts = std::span<const Conv>;

std::vector<Parts> group(const std::vector<Conv>& convs) {
    std::vector<Parts> groups;
    for (std::size_t begin = 0, end = 0; begin < convs.size(); begin = end) {
        end = begin + 1;
        while (end < convs.size() && feature_name(convs[end].name) == feature_name(convs[begin].name)) {
            if (convs[end].inputs != convs[begin].inputs ||
                convs[end].weights.size() != convs[begin].weights.size()) {
                fail(ErrorCode::corrupt, convs[end].name, "does not fit the one before it");
            }
            ++end;
        }
        groups.emplace_back(convs.data() + begin, end - begin);
    }
    return groups;
}

/// A convolution's matrices as weights. Its inputs are `mats` texels, or the picture's three channels.
class Kernel {
  public:
    Kernel(const Conv& conv, std::size_t mats)
        : conv_(conv)
        , taps_(conv.weights.size() / (texel * texel * std::max<std::size_t>(mats, 1))) {
        const bool whole = mats > 0 && conv.weights.size() == taps_ * mats * texel * texel;
        if (!whole || (taps_ != 1 && taps_ != taps)) {
            fail(
                ErrorCode::corrupt, conv.name,
                fmt::format(
                    "has {} weights, which is no kernel over {} channels", conv.weights.size(),
                    mats * texel));
        }
    }

    [[nodiscard]] std::int64_t side() const { return taps_ == 1 ? 1 : 3; }

    [[nodiscard]] float at(std::size_t out, std::size_t in, std::int64_t y, std::int64_t x) const {
        const std::size_t tap = taps_ == 1 ? 0 : static_cast<std::size_t>(x * 3 + y);
        const std::size_t mat = in / texel * taps_ + tap;
        return conv_.weights[(mat * texel + in % texel) * texel + out];
    }

  private:
    const Conv& conv_;
    std::size_t taps_;
};

/// What a convolution reads: `mats` texels of a value, or the picture.
struct Source {
    int node = 0;
    std::size_t mats = 1;
    bool is_picture = true;
};

/// What transparency weighs must be nothing: pictures come without it.
void check_transparency(const Conv& conv, const Kernel& kernel) {
    for (std::size_t out = 0; out < texel; ++out) {
        for (std::int64_t tap = 0; tap < kernel.side() * kernel.side(); ++tap) {
            if (kernel.at(out, rgb, tap / kernel.side(), tap % kernel.side()) != 0) {
                fail(ErrorCode::unsupported, conv.name, "reads a picture's transparency");
            }
        }
    }
}

/// The first `outputs` channels of a layer as weights, times `sign`.
void append_layer(const Conv& conv, const Source& source, std::size_t outputs, float sign, Conv2d& into) {
    const Kernel kernel(conv, source.mats);
    if (source.is_picture) {
        check_transparency(conv, kernel);
    }
    const std::size_t inputs = source.is_picture ? rgb : source.mats * texel;
    for (std::size_t out = 0; out < outputs; ++out) {
        for (std::size_t in = 0; in < inputs; ++in) {
            for (std::int64_t y = 0; y < kernel.side(); ++y) {
                for (std::int64_t x = 0; x < kernel.side(); ++x) {
                    into.weight.data.push_back(sign * kernel.at(out, in, y, x));
                }
            }
        }
        into.bias.push_back(sign * conv.bias.at(out));
    }
    const int padding = kernel.side() == 1 ? 0 : 1;
    into.padding = {padding, padding, padding, padding};
    into.weight.shape = {
        std::ssize(into.bias), static_cast<std::int64_t>(inputs), kernel.side(), kernel.side()};
}

class Reader {
  public:
    Reader() { graph_.nodes.push_back({"input", Input{rgb}, {}}); }

    /// The layers as one convolution, and the same negated behind them: its ReLU is their CReLU.
    void add_feature(Parts parts) {
        const std::string name(feature_name(parts[0].name));
        const Source source = find_source(parts[0]);
        Conv2d conv;
        for (const float sign : {1.0F, -1.0F}) {
            for (const Conv& part : parts) {
                append_layer(part, source, texel, sign, conv);
            }
        }
        const int node = add(name + "/crelu", PRelu{{0}}, {add(name, std::move(conv), {source.node})});
        if (!features_.emplace(name, Feature{node, parts.size()}).second) {
            fail(ErrorCode::corrupt, name, "is there twice");
        }
    }

    /// `outputs` channels of each of the last layers, as they are.
    int add_last(Parts parts, std::size_t outputs) {
        const Source source = find_source(parts[0]);
        Conv2d conv;
        for (const Conv& part : parts) {
            append_layer(part, source, outputs, 1, conv);
        }
        return add(parts[0].name, std::move(conv), {source.node});
    }

    int add(std::string name, Operator op, std::vector<int> inputs) {
        graph_.nodes.push_back({std::move(name), std::move(op), std::move(inputs)});
        return static_cast<int>(graph_.nodes.size()) - 1;
    }

    Graph finish(int output) {
        graph_.output = output;
        validate(graph_);
        return std::move(graph_);
    }

  private:
    struct Feature {
        int node = 0;
        std::size_t parts = 0;
    };

    /// The features that a layer names, joined. The picture among them is what the result is added to.
    Source find_source(const Conv& conv) {
        std::vector<std::string> names = conv.inputs;
        std::erase(names, anime4k::picture);
        if (names.empty() && conv.inputs.size() == 1) {
            return {};
        }
        std::vector<int> nodes;
        for (std::size_t i = 0; i < names.size();) {
            const auto found = features_.find(std::string(feature_name(names[i])));
            if (found == features_.end()) {
                fail(ErrorCode::corrupt, conv.name, "has an input that no layer before it gives");
            }
            check_whole(conv, names, i, found->second);
            nodes.push_back(found->second.node);
            i += found->second.parts;
        }
        if (nodes.empty()) {
            fail(ErrorCode::corrupt, conv.name, "has no input");
        }
        const int node = nodes.size() == 1 ? nodes[0] : add(conv.name + "/inputs", Concat{}, nodes);
        return {node, 2 * names.size(), false};
    }

    /// All parts of a feature go together, in their order.
    static void check_whole(
        const Conv& conv, const std::vector<std::string>& names, std::size_t begin, const Feature& feature) {
        const std::string base(feature_name(names[begin]));
        for (std::size_t part = 0; part < feature.parts; ++part) {
            const std::string expected = part == 0 ? base : base + std::to_string(part);
            if (begin + part >= names.size() || names[begin + part] != expected) {
                fail(ErrorCode::unsupported, conv.name, "takes a part of a feature, or in another order");
            }
        }
    }

    Graph graph_;
    std::unordered_map<std::string, Feature> features_;
};

/// The picture enlarged, and what the network adds: to each of its colours, or the same to all.
int add_upscaled(Reader& reader, Parts last, const std::vector<std::string>& shuffled) {
    const bool fits = std::equal(
        last.begin(), last.end(), shuffled.begin(), shuffled.end(),
        [](const Conv& conv, const std::string& name) { return conv.name == name; });
    if (!fits || (last.size() != 1 && last.size() != rgb)) {
        fail(
            ErrorCode::unsupported, last[0].name, "is not one of one or three that are shuffled into pixels");
    }
    constexpr int factor = 2; // four channels make a square of pixels
    const int channels = reader.add_last(last, texel);
    const int pixels =
        reader.add("pixel_shuffle", PixelShuffle{PixelShuffle::Order::crd, factor}, {channels});
    Resize resize;
    resize.mode = Resize::Mode::bilinear;
    resize.scale_h = factor;
    resize.scale_w = factor;
    const int enlarged = reader.add("enlarged", resize, {0});
    return reader.add("output", Binary{Binary::Kind::add}, {enlarged, pixels});
}

int add_restored(Reader& reader, Parts last) {
    const auto& inputs = last[0].inputs;
    if (last.size() != 1 || std::find(inputs.begin(), inputs.end(), anime4k::picture) == inputs.end()) {
        fail(ErrorCode::unsupported, last[0].name, "is the last one, and is not added to the picture");
    }
    return reader.add("output", Binary{Binary::Kind::add}, {0, reader.add_last(last, rgb)});
}

} // namespace

bool is_anime4k(std::span<const std::byte> bytes) {
    return anime4k::is_document(bytes);
}

Graph read_anime4k(std::span<const std::byte> bytes) {
    const Document document = anime4k::read_document(bytes);
    const std::vector<Parts> groups = group(document.convs);
    if (groups.empty()) {
        throw Error(ErrorCode::corrupt, "this network of Anime4K has no layers");
    }
    Reader reader;
    for (std::size_t i = 0; i + 1 < groups.size(); ++i) {
        reader.add_feature(groups[i]);
    }
    const Parts last = groups.back();
    return reader.finish(
        document.shuffled.empty() ? add_restored(reader, last)
                                  : add_upscaled(reader, last, document.shuffled));
}

} // namespace kizuna
