#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// What a file of weights holds, whatever its format: numbers by name, and no word about how they are joined.
namespace kizuna {

/// Row-major, packed.
struct WeightTensor {
    std::vector<std::int64_t> shape; ///< empty for a single number
    std::vector<float> data;
};

/// The product of the sides. Throws Error{corrupt} on a negative side, {limit_exceeded} on overflow.
[[nodiscard]] std::size_t weight_count(const std::vector<std::int64_t>& shape);

/// A name from a file, for messages: what is not plain ASCII becomes '?', what is long is cut.
[[nodiscard]] std::string printable_name(std::string_view name);

class Weights {
  public:
    /// Throws Error{corrupt} where the name is there already.
    void add(std::string name, WeightTensor tensor);

    /// A name whose value is no tensor of floats: a counter, a flag. Some networks are told apart by those.
    void add_flag(std::string name) { flags_.insert(std::move(name)); }

    /// What the file says of itself beside the weights: "name", "no_clip".
    void set_note(std::string key, std::string value) { notes_[std::move(key)] = std::move(value); }

    /// Empty where there is none.
    [[nodiscard]] std::string_view note(const std::string& key) const;

    /// Removes what wrappers of training programs put before every name, such as "module.".
    void remove_common_prefixes();

    [[nodiscard]] bool has(const std::string& name) const { return tensors_.contains(name); }

    [[nodiscard]] bool has_flag(const std::string& name) const { return flags_.contains(name); }

    [[nodiscard]] std::size_t size() const { return tensors_.size(); }

    /// A side of the tensor; 0 where it has no such axis, or is not there.
    [[nodiscard]] std::int64_t side(const std::string& name, std::size_t axis) const;

    /// Takes the tensor out. Throws Error{bad_network} where it is not there.
    [[nodiscard]] WeightTensor take(const std::string& name);

    /// Up to `most` names, for messages: "a, b, c and 12 more".
    [[nodiscard]] std::string some_names(std::size_t most) const;

  private:
    void remove_prefix(std::string_view prefix);

    std::map<std::string, WeightTensor> tensors_;
    std::set<std::string> flags_;
    std::map<std::string, std::string> notes_;
};

} // namespace kizuna
