#pragma once

#include "options.hpp"

namespace kizuna::cli {

/// `kizuna models pull`; the result is the program's exit code.
int pull(const ModelsCommand& command);

} // namespace kizuna::cli
