#pragma once

#include "formats/architectures/weights.hpp"
#include "graph/network.hpp"

#include <string_view>

// The networks that are known by their weights alone: one source file for each, and a row in the table of
// architectures.cpp.
namespace kizuna::architectures {

struct Architecture {
    std::string_view name;
    /// By names and shapes. Cheap; throws nothing.
    bool (*recognise)(const Weights& weights);
    /// Takes out the weights it needs. Throws Error{bad_network} where they do not fit together,
    /// {unsupported} for variants that are not known.
    Graph (*build)(Weights& weights);
    /// How the programs that these networks come with continue a picture beyond its border.
    BorderFill border_fill = BorderFill::mirror;
    /// In place of `build`, for networks that end in what no Graph can say: gives ONNX. Otherwise the same.
    Network (*build_network)(Weights& weights) = nullptr;
};

extern const Architecture compact;
extern const Architecture cunet;
extern const Architecture esrgan;
extern const Architecture real_plksr;
extern const Architecture real_plksr_dysample;
extern const Architecture span;
extern const Architecture upconv7;
extern const Architecture upcunet;

} // namespace kizuna::architectures
