#pragma once

#include "kizuna/error.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// ncnn's `.param`: the layers, with their parameters by number, as text or in binary. Nothing here knows what
// a layer does.
namespace kizuna::ncnn {

/// A parameter as it stands in the file: one number or an array of them.
using ParamValues = std::vector<double>;

struct Layer {
    std::string type;
    std::string name;
    int line = 0; ///< in a text, from 1; 0 in a binary file
    /// In a binary file a parameter is 32 bits, an integer or a float as the layer takes it: `params` has
    /// them as integers.
    bool params_are_bits = false;
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    std::map<int, ParamValues> params;

    /// A whole number within [low, high]; `fallback` where the layer does not have it. Throws Error{corrupt}.
    [[nodiscard]] int integer(int id, int fallback, std::int64_t low, std::int64_t high) const;
    /// Throws Error{corrupt} where the parameter is an array.
    [[nodiscard]] float real(int id, float fallback) const;
    // Arrays. Empty where the layer does not have it.
    [[nodiscard]] ParamValues integers(int id) const;
    /// Throws Error{corrupt} for what is not finite.
    [[nodiscard]] ParamValues reals(int id) const;

    /// Throws the Error, beginning with the layer's name, type and line.
    [[noreturn]] void fail(ErrorCode code, std::string_view message) const;
};

/// More layers than this are refused; the largest networks known have some thousand.
inline constexpr int max_layers = 100'000;

/// `-23303=…` is parameter 3 as an array.
inline constexpr int array_id_base = -23300;

/// The layers in the file's order, from the text or the binary form. Throws Error{corrupt} naming the line or
/// layer, {unsupported}, {limit_exceeded}.
[[nodiscard]] std::vector<Layer> parse_param(std::string_view file);

/// True where the file begins as a text `.param` does.
[[nodiscard]] bool is_text_param(std::string_view file);

/// True where the file begins as a binary `.param` does. The layers' names are then their numbers.
[[nodiscard]] bool is_binary_param(std::string_view file);
[[nodiscard]] std::vector<Layer> parse_binary_param(std::string_view file);

} // namespace kizuna::ncnn
