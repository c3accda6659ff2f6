#pragma once

#include "kizuna/export.hpp"
#include "kizuna/image.hpp"
#include "kizuna/upscale_options.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kizuna {

/// How a picture is written. The numbers are the codecs' own.
struct EncodeSettings {
    /// "png", "apng", "jpeg" ("jpg"), "webp", "avif", "jxl", "tiff" ("tif"), "bmp", "gif". Empty: by the
    /// output's extension, else as the input. Where both input and output can hold an animation, one stays
    /// one: "apng", "gif", "webp", "avif", "jxl", and an APNG that goes into a file called .png.
    std::string format;
    /// JPEG 1 to 100 (default 95), WebP 0 to 100 (90), AVIF 0 to 100 (80), JPEG XL 0 to 100 (90). Others take
    /// none.
    std::optional<int> quality;
    /// PNG 0 to 9 (4), WebP 0 to 6 (4), AVIF 0 to 10 (4), JPEG XL 1 to 9 (5). Higher is slower and smaller.
    std::optional<int> effort;
    bool lossless = false; ///< WebP, AVIF, JPEG XL: keep every bit
    /// Of an animation nothing but the first frame. Else it stays one, or where the output cannot hold one, a
    /// warning goes to the log.
    bool first_frame = false;
};

/// How long an animation is.
struct AnimationInfo {
    double seconds = 0;      ///< all frames once
    std::uint32_t plays = 0; ///< how often it is to be shown; 0: for ever
};

/// What a file's header says.
struct ImageFileInfo {
    std::string format;       ///< "png", …, by content; "apng" for an animated PNG
    ImageInfo image;          ///< as stored: an EXIF orientation is not applied
    int orientation = 1;      ///< EXIF's, 1 to 8
    std::uint32_t frames = 1; ///< or pages
    std::optional<AnimationInfo> animation;
};

/// Reads the header. Throws Error{not_found}, {io}, {unsupported} for what is no picture, {corrupt},
/// {limit_exceeded}.
[[nodiscard]] KIZUNA_API ImageFileInfo inspect_image(const std::filesystem::path& path);

/// Reads a picture, with its EXIF orientation applied. Throws as inspect_image, and Error{out_of_memory}.
[[nodiscard]] KIZUNA_API Image
read_image(const std::filesystem::path& path, std::uint64_t max_pixels = default_max_pixels);
[[nodiscard]] KIZUNA_API Image
decode_image(std::span<const std::byte> bytes, std::uint64_t max_pixels = default_max_pixels);

/// Writes a picture; the file appears under its name only when it is complete. What the format cannot store
/// (alpha in JPEG, 16 bits in WebP) is converted, with a warning in the log. Replaces an existing file.
KIZUNA_API void
write_image(const ImageView& image, const std::filesystem::path& path, const EncodeSettings& settings = {});
/// `settings.format` must be given.
[[nodiscard]] KIZUNA_API std::vector<std::byte>
encode_image(const ImageView& image, const EncodeSettings& settings);

/// Throws Error{invalid_argument} where a picture of this name cannot be written with these settings: an
/// unknown format, or a number that the format does not take. A name without an extension, and no format:
/// nothing to object to yet.
KIZUNA_API void check_encode_settings(const EncodeSettings& settings, const std::filesystem::path& output);

/// True where the name looks like a picture's that we read: for walking folders.
[[nodiscard]] KIZUNA_API bool is_image_file(const std::filesystem::path& path);

/// The usual extension of a format's name, without the dot ("jpeg" gives "jpg"). Throws
/// Error{invalid_argument} for an unknown format, or one that cannot be written.
[[nodiscard]] KIZUNA_API std::string extension_of_format(std::string_view format);

} // namespace kizuna
