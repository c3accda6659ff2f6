#pragma once

#include "service/manifest.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace kizuna {

/// ".onnx", ".param", and so on: what comes after a network's name in that of its file. Where ncnn's tools
/// have made the .param binary, it is ".param.bin".
[[nodiscard]] std::string network_extension(const std::filesystem::path& file);

/// The file's name without it.
[[nodiscard]] std::string network_stem(const std::filesystem::path& file);

/// The files of the network that `file` belongs to, its weights last: two for either file of an ncnn pair,
/// else itself. Whether they exist is not looked at, but for which kind of .param there is.
[[nodiscard]] std::vector<std::filesystem::path> files_of_network(const std::filesystem::path& file);

/// The known network that `file` is, by its content, whatever it is called; of an ncnn pair either file.
/// nullptr where it is none, or cannot be read. Files are hashed only where their sizes are a known one's.
///
/// The weights decide. Networks that share them (realesr-animevideov3's) are told apart by the other file.
[[nodiscard]] const KnownNetwork*
recognise_network(const Manifest& manifest, const std::filesystem::path& file);

/// Whether `file` has the bytes of `known`. False where there is none. Throws Error{io} where it cannot be
/// read.
[[nodiscard]] bool has_content(const std::filesystem::path& file, const KnownFile& known);

/// Whether the network that `file` belongs to is `known`, byte by byte. False where its hashes are not known.
[[nodiscard]] bool is_exactly(const KnownNetwork& known, const std::filesystem::path& file);

} // namespace kizuna
