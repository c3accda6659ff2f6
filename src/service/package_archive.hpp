#pragma once

#include "base/byte_stream.hpp"

#include "kizuna/cancel.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kizuna {

/// Says how many bytes a file of the archive that is wanted has to have; empty for those that are not.
using WantedFile = std::function<std::optional<std::uint64_t>(std::string_view path)>;
/// Is given a wanted file as a whole.
using FoundFile = std::function<void(const std::string& path, std::vector<std::byte> content)>;

/// Goes through an npm package's archive: tar (ustar) inside gzip. Nothing but ordinary files is looked at,
/// nothing but what is wanted is held, one file at a time, and nothing is written anywhere. Throws
/// Error{corrupt} where it is damaged, cut off or a wanted file has another size, {limit_exceeded} where more
/// than 8 GiB would come out of it, {cancelled}.
void read_package_archive(
    InputStream& archive, const WantedFile& wanted, const FoundFile& found, const CancelToken& cancel);

} // namespace kizuna
