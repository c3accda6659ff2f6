#include "service/family_conventions.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace kizuna {

namespace {

bool comes_from_ncnn(const ModelSpec& spec) {
    const std::string extension = std::filesystem::path(spec.origin).extension().string();
    return extension == ".param" || extension == ".bin";
}

int append(Graph& graph, std::string name, Operator op, std::vector<int> inputs) {
    graph.nodes.push_back({std::move(name), std::move(op), std::move(inputs)});
    return static_cast<int>(graph.nodes.size()) - 1;
}

/// The result is the middle of the picture, which it is laid over pixel by pixel: enlarged without smoothing.
void add_enlarged_picture(Graph& graph, const ModelSpec& spec) {
    const int border = spec.border_px;
    Resize enlarge;
    enlarge.coordinates = Resize::Coordinates::asymmetric;
    enlarge.scale_h = spec.scale;
    enlarge.scale_w = spec.scale;
    const int middle = append(graph, "residual.crop", Crop{{border, border, border, border}}, {0});
    const int enlarged = append(graph, "residual.enlarge", enlarge, {middle});
    graph.output = append(graph, "residual.add", Binary{Binary::Kind::add}, {graph.output, enlarged});
}

} // namespace

void apply_family_conventions(std::string_view family, Network& network) {
    if (family == "waifu2x-cunet" || family == "waifu2x-upconv7") {
        network.spec.border_fill = BorderFill::repeat;
    }
    constexpr int residual_scale = 4;
    if (family == "real-cugan" && network.spec.scale == residual_scale && network.graph &&
        comes_from_ncnn(network.spec)) {
        add_enlarged_picture(*network.graph, network.spec);
        describe(*network.graph, network.spec);
    }
}

} // namespace kizuna
