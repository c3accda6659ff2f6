#pragma once

#include "kizuna/export.hpp"

namespace kizuna {

/// "MAJOR.MINOR.PATCH" of the library at run time.
[[nodiscard]] KIZUNA_API const char* version() noexcept;

} // namespace kizuna
