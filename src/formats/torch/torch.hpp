#pragma once

#include "formats/architectures/weights.hpp"

#include <cstddef>
#include <span>

namespace kizuna {

/// True where the bytes begin as a file that torch.save wrote: a ZIP archive or a pickle.
[[nodiscard]] bool is_torch(std::span<const std::byte> bytes);

/// Reads the weights (float32, float16, bfloat16, float64) of a file that torch.save wrote, of either form.
/// Nothing in it is ever run. Throws Error{corrupt}, {limit_exceeded}, and {unsupported} naming whatever a
/// file of weights does not need: a function, a class, an instruction.
[[nodiscard]] Weights read_torch(std::span<const std::byte> bytes);

} // namespace kizuna
