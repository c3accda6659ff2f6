#pragma once

#include "engine/onnxruntime/provider_table.hpp"

#include <string>

namespace kizuna::ort {

/// Why the provider cannot work here, as far as the system and a look at its devices tell: opening one takes
/// a hundred milliseconds and 60 MB, and its drivers write on stderr, only to find that there is no such
/// card. Empty where it is worth a try.
[[nodiscard]] std::string missing_on_this_machine(const ProviderEntry& entry);

/// Whether the library that the provider needs beside ONNX Runtime's own, `library_path`, is missing: a
/// sentence, or empty.
[[nodiscard]] std::string missing_beside_library(ProviderKind kind, const std::string& library_path);

} // namespace kizuna::ort
