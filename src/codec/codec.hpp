#pragma once

#include "base/byte_stream.hpp"
#include "codec/animation.hpp"
#include "image/rows.hpp"

#include "kizuna/cancel.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// Image files: one source file per format behind this facade. Here live sniffing, decoding to rows or to the
// frames of an animation, encoding from either, and carrying metadata. Nothing here knows about networks,
// tiles, or output paths, and no conversion is made that the file format does not ask for.
namespace kizuna {

/// An APNG is a PNG file that holds an animation as well.
enum class ImageFormat : std::uint8_t { png, jpeg, webp, avif, jxl, tiff, bmp, gif, apng };

/// "png", "jpeg", …
[[nodiscard]] std::string_view to_string(ImageFormat format) noexcept;

/// From a name or extension without the dot, any case ("jpg", "JPEG", "tif"); nothing for an unknown one.
[[nodiscard]] std::optional<ImageFormat> image_format_from_name(std::string_view name) noexcept;

/// Bytes that sniff_image_format wants to see at the most.
inline constexpr std::size_t sniff_bytes = 64;

/// By content: `head` is the file's beginning. The extension is never asked. (An APNG begins as a PNG.)
[[nodiscard]] std::optional<ImageFormat> sniff_image_format(std::span<const std::byte> head) noexcept;

struct DecodeLimits {
    /// Width × height of the file's picture; checked on the header, before anything is allocated for pixels.
    std::uint64_t max_pixels = 500'000'000;
    /// Of one metadata blob, in bytes; a larger one is an error.
    std::uint64_t max_metadata_bytes = 64U << 20U;
    /// Of an animation. At 30 a second, half an hour.
    std::uint32_t max_frames = 50'000;
};

/// A picture in a file. The constructor reads the header and metadata only; pixels are decoded as rows are
/// pulled (PNG, baseline and progressive JPEG, TIFF in strips or tiles; memory independent of height except
/// where the file's own structure forbids it) or all at once at the first row (interlaced PNG, WebP, AVIF,
/// JPEG XL, GIF). Rows that are cut off or damaged are Error{corrupt}: a truncated file is never passed off
/// as whole.
class Decoder : public RowSource {
  public:
    [[nodiscard]] ImageFormat file_format() const noexcept { return format_; }

    /// Frames or pages in the file. The rows are those of the first (of an APNG that has a picture for
    /// programs which know no animations, of that).
    [[nodiscard]] std::uint32_t frame_count() const noexcept { return frame_count_; }

    /// Where the file has several frames that follow one another in time.
    [[nodiscard]] const std::optional<Animation>& animation() const noexcept { return animation_; }

    /// The frames of an animation, in the place of rows: call it at most once, and nothing after it. They may
    /// have alpha where the first has none.
    [[nodiscard]] virtual std::unique_ptr<FrameSource> take_frames();

    /// Takes the density from the EXIF where the format's own place for it is empty, as cameras leave it.
    void complete_density();

  protected:
    explicit Decoder(ImageFormat format) noexcept
        : format_(format) {}

    /// Frames that follow one another in time, if there are several.
    void set_animation(Animation animation);

    std::uint32_t frame_count_ = 1;

  private:
    ImageFormat format_;
    std::optional<Animation> animation_;
};

/// Opens by content. The rows are as stored (EXIF orientation not applied, see apply_orientation), except
/// that palettes are expanded to RGB or RGBA (to grey: grey ones of BMP, TIFF and still GIFs), samples of
/// less than 8 bits to 8, 9 to 15 bits to 16, and CMYK and Lab become sRGB by their ICC profile, which is
/// then left out: untagged means sRGB. Throws Error{unsupported} for what is not an image we read, {corrupt},
/// {limit_exceeded}, {io}.
[[nodiscard]] std::unique_ptr<Decoder>
open_decoder(std::unique_ptr<InputStream> in, const DecodeLimits& limits);

struct EncodeOptions {
    /// JPEG 1 to 100 (95), WebP 0 to 100 (90), AVIF 0 to 100 (80; 100 is lossless), JPEG XL 0 to 100 (90; 100
    /// is lossless). Other formats take none.
    std::optional<int> quality = std::nullopt;
    /// PNG 0 to 9 (4; zlib level), WebP 0 to 6 (4), AVIF 0 to 10 (4; higher is slower), JPEG XL 1 to 9 (5).
    /// Higher is slower and smaller everywhere.
    std::optional<int> effort = std::nullopt;
    /// WebP, AVIF, JPEG XL: keep every bit. TIFF, PNG and BMP always do.
    bool lossless = false;
    /// For libraries that encode a whole picture in one call and ask whether to go on (libwebp):
    /// Error{cancelled} then.
    CancelToken cancel = {};
};

/// What `format` can store that is nearest to `wanted` without losing more than it must: JPEG gives up alpha
/// and 16 bits, WebP 16 bits and grey, and so on.
[[nodiscard]] PixelFormat storable_format(ImageFormat format, PixelFormat wanted) noexcept;

/// Pixels on one side at the most, by the format's definition (WebP 16383, JPEG 65500, …).
[[nodiscard]] std::uint32_t max_side(ImageFormat format) noexcept;

/// Throws Error{invalid_argument} for options out of range or that the format does not take, naming the
/// range.
void check_encode_options(ImageFormat format, const EncodeOptions& options);

/// A sink that writes the picture to `out`, which must outlive it. `info.format` must be storable. Metadata
/// is written where the format has a place for it; an EXIF orientation is expected to be 1 already. Throws
/// Error{limit_exceeded} for a side above max_side, naming a format that fits.
[[nodiscard]] std::unique_ptr<RowSink>
open_encoder(ImageFormat format, OutputStream& out, const ImageInfo& info, const EncodeOptions& options);

/// Whether the format holds animations.
[[nodiscard]] bool can_animate(ImageFormat format) noexcept;

/// "GIF, WebP, …": those that can.
[[nodiscard]] std::string animated_formats();

/// The same for an animation, in a format that can_animate. Delays that the format cannot hold are rounded,
/// with a word in the log.
[[nodiscard]] std::unique_ptr<FrameSink> open_animation_encoder(
    ImageFormat format, OutputStream& out, const ImageInfo& info, const Animation& animation,
    const EncodeOptions& options);

/// The picture turned the way its EXIF orientation says, and that tag set to 1 (and the EXIF and XMP
/// dimensions left to the encoder). Returns the source itself for orientation 1. Orientation 2 keeps
/// streaming; the others hold the picture in memory.
[[nodiscard]] std::unique_ptr<RowSource> apply_orientation(std::unique_ptr<RowSource> source);

} // namespace kizuna
