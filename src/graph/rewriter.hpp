#pragma once

#include "graph/graph.hpp"
#include "graph/liveness.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace kizuna {

/// Makes a new graph of an old one, node by node: each old node's value becomes some value of the new graph.
class Rewriter {
  public:
    explicit Rewriter(const Graph& old)
        : old_(old)
        , needed_(needed_nodes(old))
        , readers_(readers_of(old))
        , new_value_(old.nodes.size(), -1) {}

    /// Calls `rewrite(i)` for every node that is needed, in order, and `keep(i)` for the Input. It calls
    /// keep, replace or drop for each.
    template <typename Rewrite>
    Graph run(const Rewrite& rewrite) {
        keep(0);
        for (std::size_t i = 1; i < old_.nodes.size(); ++i) {
            if (needed_[i]) {
                rewrite(static_cast<int>(i));
            }
        }
        new_.output = value(old_.output);
        return std::move(new_);
    }

    [[nodiscard]] const Node& node(int i) const { return old_.nodes[static_cast<std::size_t>(i)]; }

    template <typename Op>
    [[nodiscard]] const Op* get(int i) const {
        return std::get_if<Op>(&node(i).op);
    }

    /// The old node's value has one reader, once.
    [[nodiscard]] bool has_one_reader(int i) const {
        return readers_[static_cast<std::size_t>(i)].size() == 1 && i != old_.output;
    }

    /// What stands for the old value.
    [[nodiscard]] int value(int i) const { return new_value_[static_cast<std::size_t>(i)]; }

    [[nodiscard]] Node& made(int new_value) { return new_.nodes[static_cast<std::size_t>(new_value)]; }

    int add(Node made_node) {
        new_.nodes.push_back(std::move(made_node));
        return static_cast<int>(new_.nodes.size()) - 1;
    }

    [[nodiscard]] std::vector<int> values(const std::vector<int>& old) const {
        std::vector<int> result(old.size());
        std::transform(old.begin(), old.end(), result.begin(), [this](int i) { return value(i); });
        return result;
    }

    /// The same operator with the new inputs.
    void keep(int i) { replace(i, add({node(i).name, node(i).op, values(node(i).inputs)})); }

    /// The new value that stands for the old one from now on.
    void replace(int i, int new_value) { new_value_[static_cast<std::size_t>(i)] = new_value; }

  private:
    const Graph& old_;
    std::vector<bool> needed_;
    std::vector<std::vector<int>> readers_;
    Graph new_;
    std::vector<int> new_value_;
};

} // namespace kizuna
