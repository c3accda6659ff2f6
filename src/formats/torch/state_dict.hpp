#pragma once

#include "formats/architectures/weights.hpp"
#include "formats/torch/value.hpp"

#include <cstddef>
#include <functional>
#include <span>

namespace kizuna::torch {

/// The bytes of a storage. Throws Error{corrupt} where they are not in the file.
using ReadStorage = std::function<std::span<const std::byte>(const Storage&)>;

/// Looks through what training programs wrap around weights ("params_ema", "state_dict", …) and collects
/// them. `file_bytes` bounds how many numbers there may be: views that show the same bytes often are refused
/// before anything is allocated. Throws Error{unsupported} where there is no dictionary of tensors,
/// {corrupt}, {limit_exceeded}.
[[nodiscard]] Weights
collect_weights(const Unpickled& pickle, const ReadStorage& read_storage, std::size_t file_bytes);

} // namespace kizuna::torch
