#include "graph/graph.hpp"

#include "base/checked.hpp"
#include "graph/liveness.hpp"
#include "graph/node_text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace kizuna {

namespace {

std::string printable(std::string_view text) {
    constexpr std::size_t longest = 60;
    std::string result(text.substr(0, longest));
    std::replace_if(
        result.begin(), result.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, '?');
    return text.size() > longest ? result + "…" : result;
}

} // namespace

std::string to_string(const Shape& shape) {
    return fmt::format("{}x{}x{}x{}", shape.n, shape.c, shape.h, shape.w);
}

std::size_t element_count(const Shape& shape) {
    std::size_t count = 1;
    for (const std::int64_t side : {shape.n, shape.c, shape.h, shape.w}) {
        count = checked_mul(count, checked_cast<std::size_t>(side, "a tensor's side"), "a tensor's size");
    }
    return count;
}

std::string_view operator_name(const Operator& op) noexcept {
    static constexpr std::array<std::string_view, std::variant_size_v<Operator>> names{
        "Input", "Constant", "Conv2d",       "ConvTranspose2d", "PRelu",  "Sigmoid",
        "Tanh",  "Clip",     "Affine",       "Binary",          "Concat", "SliceChannels",
        "Crop",  "Pad",      "PixelShuffle", "PixelUnshuffle",  "Resize", "GlobalAveragePool",
        "Sqrt",  "Given"};
    return op.valueless_by_exception() ? std::string_view("nothing") : names.at(op.index());
}

std::vector<int> given_nodes(const Graph& graph) {
    std::vector<int> nodes;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (std::holds_alternative<Given>(graph.nodes[i].op)) {
            nodes.push_back(static_cast<int>(i));
        }
    }
    return nodes;
}

std::string node_text(const Graph& graph, std::size_t index) {
    const Node& node = graph.nodes[index];
    return fmt::format("node {} \"{}\" ({})", index, printable(node.name), operator_name(node.op));
}

void refuse(const std::string& message) {
    throw Error(ErrorCode::bad_network, message);
}

std::vector<std::size_t> last_uses(const Graph& graph) {
    std::vector<std::size_t> last(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        last[i] = i;
        for (const int input : graph.nodes[i].inputs) {
            last[static_cast<std::size_t>(input)] = i;
        }
    }
    last[static_cast<std::size_t>(graph.output)] = graph.nodes.size();
    return last;
}

} // namespace kizuna
