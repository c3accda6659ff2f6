#pragma once

#include "formats/torch/value.hpp"

#include <span>
#include <string_view>

// Names and calls in a pickle. Python would import the name and call it; here a name is a row in a table, and
// a call makes a tensor or a dictionary by our own means. Nothing else can come of a file.
namespace kizuna::torch {

/// Throws Error{unsupported} naming what was asked for where weights do not need it.
[[nodiscard]] Global find_global(std::string_view module, std::string_view name);

/// What REDUCE makes: `function` called with `arguments`. A list that becomes a dictionary is emptied, so
/// that no file can have it copied often. Throws Error{unsupported}, {corrupt}.
[[nodiscard]] Value call(Unpickled& pickle, Ref function, Ref arguments);

/// What a persistent id stands for: a storage. Throws Error{unsupported}, {corrupt}.
[[nodiscard]] Storage describe_storage(const Unpickled& pickle, Ref id);

} // namespace kizuna::torch
