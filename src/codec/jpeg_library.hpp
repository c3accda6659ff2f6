#pragma once

#include "codec/c_library.hpp"

#include <cstddef>
#include <cstdio> // jpeglib.h needs FILE
#include <string_view>

#include <jpeglib.h>

// What reading and writing JPEG share: the way from libjpeg's error handler to an Error, and the names of
// markers.
namespace kizuna::codec {

/// libjpeg's error manager with our way back behind it. It makes errors of those warnings after which libjpeg
/// makes up pixels, and prints nothing.
struct JpegErrors {
    JpegErrors();

    jpeg_error_mgr manager{}; // must be first: libjpeg knows only of this
    WayBack way_back;
};

/// Of a library object whose errors go to a JpegErrors.
[[nodiscard]] WayBack& way_back_of(j_common_ptr library);

/// Leaves libjpeg with the message whose code is set in the error manager.
[[noreturn]] void fail_in_jpeg(j_common_ptr library);

inline constexpr std::string_view jpeg_exif_prefix{"Exif\0\0", 6};
inline constexpr std::string_view jpeg_xmp_prefix{"http://ns.adobe.com/xap/1.0/\0", 29};
inline constexpr int jpeg_exif_and_xmp_marker = JPEG_APP0 + 1;

/// Bytes that go between libjpeg and a stream at a time.
inline constexpr std::size_t jpeg_buffer_bytes = std::size_t{1} << 16U;

} // namespace kizuna::codec
