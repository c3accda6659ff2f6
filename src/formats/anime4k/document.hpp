#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

// A network of Anime4K as JSON has it: convolutions by name, each of which gives four channels. Nothing here
// knows how they are computed.
namespace kizuna::anime4k {

/// The name of the picture among the inputs of a layer.
inline constexpr const char* picture = "input_image";

/// What a layer gives and takes at once, as one texel of a shader does.
inline constexpr std::size_t texel = 4;

struct Conv {
    std::string name; ///< of its result
    std::vector<std::string> inputs;
    std::vector<float> weights; ///< matrices of 4 × 4, column by column
    std::array<float, texel> bias{};
};

struct Document {
    std::vector<Conv> convs; ///< in the file's order
    /// The results whose channels are shuffled into pixels; empty for a network that keeps the size.
    std::vector<std::string> shuffled;
};

/// True where the bytes begin as such a file does.
[[nodiscard]] bool is_document(std::span<const std::byte> bytes);

/// Throws Error{corrupt} where it is no such JSON, {unsupported} naming a layer that is not known,
/// {limit_exceeded}.
[[nodiscard]] Document read_document(std::span<const std::byte> bytes);

} // namespace kizuna::anime4k
