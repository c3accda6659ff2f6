#include "formats/onnx/node_reader.hpp"
#include "graph/limits.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

// DepthToSpace, SpaceToDepth, and the same written as Reshape, Transpose, Reshape or as a Gather behind it.
namespace kizuna::onnx_format {

namespace {

using Order = PixelShuffle::Order;

/// Whether a Reshape's number is `expected`; 0 and −1 leave it to the others.
bool may_be(std::int64_t number, std::int64_t expected) {
    return number == expected || number == 0 || number == -1;
}

/// A picture's length in a Reshape: a number only where all pictures have the same size.
bool may_be_length(const NodeReader& node, std::int64_t number) {
    return number <= 0 || node.builder().has_fixed_size();
}

/// One of the ways to shuffle pixels with six dimensions.
struct Form {
    std::array<std::int64_t, 6> order; ///< the Transpose
    std::size_t channels;              ///< where the dimensions stand in the first Reshape
    std::size_t block_h;
    std::size_t block_w;
    std::size_t height;
    std::size_t width;
    bool shuffles; ///< else it unshuffles
    Order kind;
};

constexpr std::array forms{
    Form{{0, 1, 4, 2, 5, 3}, 1, 2, 3, 4, 5, true, Order::crd},
    Form{{0, 3, 4, 1, 5, 2}, 3, 1, 2, 4, 5, true, Order::dcr},
    Form{{0, 1, 3, 5, 2, 4}, 1, 3, 5, 2, 4, false, Order::crd},
    Form{{0, 3, 5, 1, 2, 4}, 1, 3, 5, 2, 4, false, Order::dcr},
};

const Form& find_form(const NodeReader& node, const Blocks& blocks) {
    for (const Form& form : forms) {
        if (Ints(form.order.begin(), form.order.end()) == blocks.order) {
            return form;
        }
    }
    node.unknown("it is not part of a pixel shuffle");
}

Value finish_blocks(NodeReader& node, const Blocks& blocks, const Ints& dims) {
    const Form& form = find_form(node, blocks);
    const std::int64_t factor = blocks.dims[form.block_h];
    if (factor < 1 || factor > max_factor || factor != blocks.dims[form.block_w]) {
        node.unknown(fmt::format("its blocks are not squares of 1 to {} pixels", max_factor));
    }
    const std::int64_t square = factor * factor;
    const std::int64_t channels = node.builder().channels(blocks.source);
    const std::int64_t kept = form.shuffles ? channels / square : channels;
    const std::int64_t result = form.shuffles ? kept : channels * square;
    const bool matches = may_be(blocks.dims[form.channels], kept) && dims.size() == 4 &&
                         may_be(dims[1], result) && may_be_length(node, blocks.dims[form.height]) &&
                         may_be_length(node, blocks.dims[form.width]);
    if (!matches) {
        node.unknown("it is not part of a pixel shuffle for any size");
    }
    const int r = static_cast<int>(factor);
    return form.shuffles ? node.add(PixelShuffle{form.kind, r}, {blocks.source})
                         : node.add(PixelUnshuffle{form.kind, r}, {blocks.source});
}

int read_block_size(const NodeReader& node) {
    const std::int64_t size = node.integer("blocksize", 0);
    if (size < 1 || size > max_factor) {
        node.unknown(fmt::format("its blocksize {} is not 1 to {}", size, max_factor));
    }
    return static_cast<int>(size);
}

/// The order of channels that makes of SpaceToDepth's (block, channel) the (channel, block) of a pixel
/// unshuffle.
bool is_channel_major(const Ints& order, std::int64_t channels, std::int64_t squares) {
    if (!std::cmp_equal(order.size(), channels * squares)) {
        return false;
    }
    for (std::int64_t i = 0; i < channels * squares; ++i) {
        if (order[static_cast<std::size_t>(i)] != i % squares * channels + i / squares) {
            return false;
        }
    }
    return true;
}

} // namespace

Value read_depth_to_space(NodeReader& node) {
    const Order order = node.text("mode", "DCR") == "CRD" ? Order::crd : Order::dcr;
    return node.add(PixelShuffle{order, read_block_size(node)}, {node.value(0)});
}

Value read_space_to_depth(NodeReader& node) {
    return node.add(PixelUnshuffle{Order::dcr, read_block_size(node)}, {node.value(0)});
}

Value read_gather(NodeReader& node) {
    const int value = node.value(0);
    const auto* blocks = std::get_if<PixelUnshuffle>(&node.builder().op(value));
    if (node.integer("axis", 0) != 1 || blocks == nullptr || blocks->order != Order::dcr) {
        node.unknown("it does not order the channels of a SpaceToDepth");
    }
    const int factor = blocks->factor;
    const int source = node.builder().source(value);
    const std::int64_t squares = std::int64_t{factor} * factor;
    if (!is_channel_major(node.literal_integers(1), node.builder().channels(source), squares)) {
        node.unknown("it does not order the channels of a SpaceToDepth");
    }
    return node.add(PixelUnshuffle{Order::crd, factor}, {source});
}

Value read_reshape(NodeReader& node) {
    const Ints dims = node.literal_integers(1);
    if (const auto* blocks = std::get_if<Blocks>(&node.any_value(0));
        blocks != nullptr && !blocks->order.empty()) {
        return finish_blocks(node, *blocks, dims);
    }
    constexpr std::size_t block_rank = 6;
    if (dims.size() != block_rank) {
        node.unknown("it is not part of a pixel shuffle");
    }
    return Blocks{node.value(0), dims, {}};
}

Value read_transpose(NodeReader& node) {
    const auto* blocks = std::get_if<Blocks>(&node.any_value(0));
    const auto order = node.integers("perm");
    if (blocks == nullptr || !blocks->order.empty() || !order) {
        node.unknown("it is not part of a pixel shuffle");
    }
    return Blocks{blocks->source, blocks->dims, *order};
}

} // namespace kizuna::onnx_format
