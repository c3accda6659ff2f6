#pragma once

#include "base/byte_stream.hpp"
#include "codec/codec.hpp"

#include "kizuna/error.hpp"
#include "kizuna/image_file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

// Picture files as a user means them: the right way up on reading, in a format that can hold them on writing.
namespace kizuna {

/// The extensions that are taken for pictures when folders are walked.
[[nodiscard]] bool is_picture_name(const std::filesystem::path& path);

/// Rows with the EXIF orientation applied.
struct OpenedPicture {
    std::unique_ptr<RowSource> rows;
    ImageFormat format{};
};

[[nodiscard]] OpenedPicture open_picture(std::unique_ptr<InputStream> in, std::uint64_t max_pixels);

/// The format to write: by the settings, else by the output's extension, else the input's (a GIF becomes
/// PNG). Throws Error{invalid_argument} for an unknown format or one that we do not write, listing those we
/// do.
[[nodiscard]] ImageFormat
output_format(const EncodeSettings& settings, const std::filesystem::path& output, ImageFormat input);

/// Throws Error{invalid_argument} for settings that the format does not take.
[[nodiscard]] EncodeOptions encode_options(ImageFormat format, const EncodeSettings& settings);

/// `rows` in the nearest format that `format` can store; what is lost is said in the log.
[[nodiscard]] std::unique_ptr<RowSource> make_storable(std::unique_ptr<RowSource> rows, ImageFormat format);

/// Reads every row of one into the other, and finishes it.
void copy_rows(RowSource& rows, RowSink& sink);

/// The error with the file's path before it, where it does not name it already.
[[nodiscard]] Error naming(const Error& error, const std::filesystem::path& path);

/// Throws Error{limit_exceeded} where the format has no room for these sides, naming formats that have.
void check_sides(ImageFormat format, std::uint32_t width, std::uint32_t height);

} // namespace kizuna
