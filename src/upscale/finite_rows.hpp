#pragma once

#include "image/rows.hpp"

#include <memory>

namespace kizuna {

/// The same rows, of float samples. Reading one in which a value is infinite or no number throws
/// Error{corrupt}: a network would spread it, and the device be blamed.
[[nodiscard]] std::unique_ptr<RowSource> finite_rows(std::unique_ptr<RowSource> source);

} // namespace kizuna
