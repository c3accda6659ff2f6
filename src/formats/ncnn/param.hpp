#pragma once

#include "kizuna/error.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// ncnn's text `.param`: a line for each layer, with its parameters by number. Nothing here knows what a layer
// does.
namespace kizuna::ncnn {

/// A parameter as it stands in the file: one number or an array of them.
using ParamValues = std::vector<double>;

struct Layer {
    std::string type;
    std::string name;
    int line = 0; ///< in the file, from 1
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    std::map<int, ParamValues> params;

    /// A whole number within [low, high]; `fallback` where the layer does not have it. Throws Error{corrupt}.
    [[nodiscard]] int integer(int id, int fallback, std::int64_t low, std::int64_t high) const;
    /// Throws Error{corrupt} where the parameter is an array.
    [[nodiscard]] float real(int id, float fallback) const;
    /// Empty where the layer does not have it.
    [[nodiscard]] const ParamValues& array(int id) const;

    /// Throws the Error, beginning with the layer's name, type and line.
    [[noreturn]] void fail(ErrorCode code, std::string_view message) const;
};

/// More layers than this are refused; the largest networks known have some thousand.
inline constexpr int max_layers = 100'000;

/// The layers in the file's order. Throws Error{corrupt} naming the line, {unsupported}, {limit_exceeded}.
[[nodiscard]] std::vector<Layer> parse_param(std::string_view text);

/// True where the text begins as a `.param` does.
[[nodiscard]] bool is_param(std::string_view text);

} // namespace kizuna::ncnn
