#pragma once

#include "graph/test_graphs.hpp"

#include <functional>
#include <string>
#include <vector>

// For tests of engines: a graph around one operator, at random within what the operator allows.
namespace kizuna::test {

struct OperatorCase {
    std::string name;
    std::function<Graph(Random&)> make;
};

/// Every operator that a Graph can hold, each of its modes. Graphs take any height and width from 12 that is
/// a multiple of 6.
[[nodiscard]] const std::vector<OperatorCase>& operator_cases();

/// An input of random size that fits, with values from -1 to 1.
[[nodiscard]] Tensor random_input(const Graph& graph, Random& random);

} // namespace kizuna::test
