#pragma once

#include "engine/engine.hpp"
#include "formats/onnx/onnx.hpp"
#include "graph/network.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <string>
#include <string_view>

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

/// Why our own engine cannot compute in bf16 on this processor; empty where it can. What else may go wrong
/// is no reason to skip a test, and goes on as the error that it is.
inline std::string problem_with_bf16(Engine& cpu_engine) {
    try {
        (void)cpu_engine.open(network_of(chain(1, {})), "cpu", {.precision = Precision::bf16});
        return {};
    } catch (const Error& error) {
        if (std::string_view(error.what()).find("has no instructions for bf16") == std::string_view::npos) {
            throw;
        }
        return error.what();
    }
}

} // namespace kizuna::test
