#pragma once

#include "engine/engine.hpp"
#include "formats/onnx/onnx.hpp"
#include "graph/network.hpp"

// What the tests of engines run.
namespace kizuna::test {

/// For every engine: as a Graph and as ONNX.
inline Network network_of(const Graph& graph) {
    Network network;
    network.graph = graph;
    network.onnx = write_onnx(graph);
    network.spec.scale = 2;
    return network;
}

inline Tensor run(Session& session, const Tensor& in) {
    Tensor out;
    session.run(in, out, {});
    return out;
}

} // namespace kizuna::test
