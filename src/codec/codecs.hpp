#pragma once

#include "codec/codec.hpp"

// One pair of functions per format, each in the source file of its name; codec.cpp's table joins them. open_…
// takes the stream at position 0, knows by sniffing that it is this format, and reads the header; encode_…
// and animate_… get an ImageInfo that storable_format and max_side have passed and options that
// check_encode_options has passed.
namespace kizuna::codec {

[[nodiscard]] std::unique_ptr<Decoder> open_png(std::unique_ptr<InputStream> in, const DecodeLimits& limits);
[[nodiscard]] std::unique_ptr<Decoder> open_jpeg(std::unique_ptr<InputStream> in, const DecodeLimits& limits);
[[nodiscard]] std::unique_ptr<Decoder> open_webp(std::unique_ptr<InputStream> in, const DecodeLimits& limits);
[[nodiscard]] std::unique_ptr<Decoder> open_avif(std::unique_ptr<InputStream> in, const DecodeLimits& limits);
[[nodiscard]] std::unique_ptr<Decoder> open_jxl(std::unique_ptr<InputStream> in, const DecodeLimits& limits);
[[nodiscard]] std::unique_ptr<Decoder> open_tiff(std::unique_ptr<InputStream> in, const DecodeLimits& limits);
[[nodiscard]] std::unique_ptr<Decoder> open_bmp(std::unique_ptr<InputStream> in, const DecodeLimits& limits);
[[nodiscard]] std::unique_ptr<Decoder> open_gif(std::unique_ptr<InputStream> in, const DecodeLimits& limits);

[[nodiscard]] std::unique_ptr<RowSink>
encode_png(OutputStream& out, const ImageInfo& info, const EncodeOptions& options);
[[nodiscard]] std::unique_ptr<RowSink>
encode_jpeg(OutputStream& out, const ImageInfo& info, const EncodeOptions& options);
[[nodiscard]] std::unique_ptr<RowSink>
encode_webp(OutputStream& out, const ImageInfo& info, const EncodeOptions& options);
[[nodiscard]] std::unique_ptr<RowSink>
encode_avif(OutputStream& out, const ImageInfo& info, const EncodeOptions& options);
[[nodiscard]] std::unique_ptr<RowSink>
encode_jxl(OutputStream& out, const ImageInfo& info, const EncodeOptions& options);
[[nodiscard]] std::unique_ptr<RowSink>
encode_tiff(OutputStream& out, const ImageInfo& info, const EncodeOptions& options);
[[nodiscard]] std::unique_ptr<RowSink>
encode_bmp(OutputStream& out, const ImageInfo& info, const EncodeOptions& options);

[[nodiscard]] std::unique_ptr<RowSink>
encode_gif(OutputStream& out, const ImageInfo& info, const EncodeOptions& options);

[[nodiscard]] std::unique_ptr<FrameSink> animate_apng(
    OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& options);
[[nodiscard]] std::unique_ptr<FrameSink> animate_webp(
    OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& options);
[[nodiscard]] std::unique_ptr<FrameSink> animate_avif(
    OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& options);
[[nodiscard]] std::unique_ptr<FrameSink> animate_jxl(
    OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& options);
[[nodiscard]] std::unique_ptr<FrameSink> animate_gif(
    OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& options);

/// Throws Error{limit_exceeded} where width × height is above the limit, and Error{corrupt} for an empty
/// side. Every open_… calls it right after the header.
void check_dimensions(std::uint64_t width, std::uint64_t height, const DecodeLimits& limits);

/// Throws Error{limit_exceeded} where an animation has more frames than are allowed.
void check_frame_count(std::uint64_t frames, const DecodeLimits& limits);

} // namespace kizuna::codec
