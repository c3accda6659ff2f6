#pragma once

#include "graph/network.hpp"

#include <cstdint>
#include <filesystem>

// Files of networks: one folder per format. Here live readers that turn a file into a Network, and the ONNX
// writer. Nothing here runs a network, knows where networks are kept, or touches anything but the files
// named.
namespace kizuna {

/// A model file larger than this is refused before it is read.
inline constexpr std::uint64_t max_model_bytes = std::uint64_t{2} << 30U;

/// Reads a network by content and name: `.onnx`; an ncnn pair by either of its names (`X.param` or
/// `X.param.bin`, and `X.bin`); weights of an architecture that is known, in `.safetensors` or PyTorch's
/// `.pth`,
/// `.pt`, `.ckpt`; Anime4K's networks in `.json`. Throws Error{not_found}, {corrupt}, {unsupported} (naming
/// the operator, format or what a hostile file asks for), {bad_network}, {limit_exceeded}, {io}.
[[nodiscard]] Network load_network(const std::filesystem::path& path);

/// True where the name looks like a file that load_network reads. A `.json` must also begin as one.
[[nodiscard]] bool is_network_file(const std::filesystem::path& path);

} // namespace kizuna
