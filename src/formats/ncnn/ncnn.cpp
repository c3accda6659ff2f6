#include "formats/ncnn/ncnn.hpp"

#include "formats/ncnn/builder.hpp"
#include "formats/ncnn/layers.hpp"
#include "formats/ncnn/param.hpp"
#include "formats/ncnn/weights.hpp"
#include "graph/limits.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace kizuna {

namespace {

using ncnn::Layer;

/// Blobs by name: the node that gives each, and whether a layer uses it.
class Blobs {
  public:
    void define(const std::string& name, int node, const Layer& layer) {
        if (!blobs_.try_emplace(name, Blob{node, false}).second) {
            layer.fail(
                ErrorCode::corrupt, fmt::format("the blob \"{}\" is given by an earlier layer too", name));
        }
        order_.push_back(name);
    }

    int use(const std::string& name, const Layer& layer) {
        const auto found = blobs_.find(name);
        if (found == blobs_.end()) {
            layer.fail(ErrorCode::corrupt, fmt::format("no earlier layer gives the blob \"{}\"", name));
        }
        found->second.used = true;
        return found->second.node;
    }

    /// The one that no layer uses; of several, the one that bears an output's name.
    [[nodiscard]] int output() const {
        constexpr std::array<std::string_view, 2> usual_names{"output", "out0"};
        std::vector<std::string_view> unused;
        for (const std::string& name : order_) {
            if (!blobs_.at(name).used) {
                unused.emplace_back(name);
            }
        }
        if (unused.size() == 1) {
            return blobs_.at(std::string(unused[0])).node;
        }
        for (const std::string_view name : usual_names) {
            if (std::find(unused.begin(), unused.end(), name) != unused.end()) {
                return blobs_.at(std::string(name)).node;
            }
        }
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "the ncnn network has {} outputs; a network that upscales pictures has one", unused.size()));
    }

  private:
    struct Blob {
        int node = 0;
        bool used = false;
    };

    std::unordered_map<std::string, Blob> blobs_;
    std::vector<std::string> order_;
};

int add_input(const Layer& layer, ncnn::Builder& builder, bool first) {
    if (!first) {
        layer.fail(
            ErrorCode::unsupported, "the network has several inputs; one picture is what it can be given");
    }
    if (const int channels = layer.integer(2, 0, 0, max_channels); channels != 0) {
        builder.settle_channels(0, channels);
    }
    return 0;
}

/// One for each of the layer's outputs.
void define_outputs(const Layer& layer, const std::vector<int>& nodes, Blobs& blobs) {
    if (layer.outputs.size() != nodes.size()) {
        layer.fail(
            ErrorCode::unsupported, fmt::format("{} outputs are not known for it", layer.outputs.size()));
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        blobs.define(layer.outputs[i], nodes[i], layer);
    }
}

} // namespace

Graph read_ncnn(std::string_view param, std::span<const std::byte> bin) {
    ncnn::Builder builder;
    ncnn::WeightReader weights(bin);
    Blobs blobs;
    bool has_input = false;
    for (const Layer& layer : ncnn::parse_param(param)) {
        std::vector<int> inputs;
        for (const std::string& name : layer.inputs) {
            inputs.push_back(blobs.use(name, layer));
        }
        std::vector<int> nodes;
        if (layer.type == "Input") {
            nodes = {add_input(layer, builder, !has_input)};
            has_input = true;
        } else if (layer.type == "Split" && inputs.size() == 1) {
            nodes.assign(layer.outputs.size(), inputs[0]);
        } else if (layer.type == "Slice" && inputs.size() == 1) {
            nodes = ncnn::add_slice(layer, inputs[0], builder);
        } else {
            nodes = {ncnn::add_layer(layer, inputs, builder, weights)};
        }
        define_outputs(layer, nodes, blobs);
    }
    if (!has_input) {
        throw Error(ErrorCode::corrupt, "the ncnn .param has no Input layer");
    }
    if (weights.bytes_left() != 0) {
        throw Error(
            ErrorCode::corrupt, fmt::format(
                                    "the .bin has {} bytes more than the layers of the .param need; the two "
                                    "files do not belong together",
                                    weights.bytes_left()));
    }
    return std::move(builder).finish(blobs.output());
}

} // namespace kizuna
