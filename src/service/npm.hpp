#pragma once

#include "service/manifest.hpp"

#include "kizuna/cancel.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace kizuna {

/// Downloads a package by the npm client, as the machine's own configuration of it says, without running
/// anything of the package. Uses `folder`, which must be empty or absent, for all that npm writes. `progress`
/// is told the bytes that have come. Returns the archive; its content is not looked at. Throws
/// Error{not_found} where there is no npm, {io} with npm's own words, {cancelled} once npm has ended.
[[nodiscard]] std::filesystem::path fetch_package(
    const KnownPackage& package, const std::filesystem::path& folder,
    const std::function<void(std::uint64_t)>& progress, const CancelToken& cancel);

} // namespace kizuna
