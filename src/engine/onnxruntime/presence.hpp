#pragma once

#include "engine/onnxruntime/provider_table.hpp"

#include <string>

namespace kizuna::ort {

/// Why the provider cannot work here, as far as a look at the file system tells: opening one takes a hundred
/// milliseconds and 60 MB, and its drivers write on stderr, only to find that there is no such card. Empty
/// where it is worth a try. `library_path` is ONNX Runtime's own.
[[nodiscard]] std::string
missing_on_this_machine(const ProviderEntry& entry, const std::string& library_path);

} // namespace kizuna::ort
