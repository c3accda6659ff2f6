#include "codec/jpeg_library.hpp"

#include <algorithm>
#include <array>
#include <jerror.h> // after jpeglib.h, on which its numbers depend

namespace kizuna::codec {
namespace {

ErrorCode code_of(int message) {
    switch (message) {
    case JERR_OUT_OF_MEMORY:
        return ErrorCode::out_of_memory;
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_ARITH_NOTIMPL:
    case JERR_NOT_COMPILED:
        return ErrorCode::unsupported;
    default:
        return ErrorCode::corrupt;
    }
}

/// True for the warnings after which libjpeg makes up pixels.
bool loses_pixels(int message) {
    constexpr std::array warnings{JWRN_ARITH_BAD_CODE, JWRN_BOGUS_PROGRESSION, JWRN_HIT_MARKER,
                                  JWRN_HUFF_BAD_CODE,  JWRN_JPEG_EOF,          JWRN_MUST_RESYNC};
    return std::find(warnings.begin(), warnings.end(), message) != warnings.end();
}

void on_message(j_common_ptr library, int level) {
    if (level < 0 && loses_pixels(library->err->msg_code)) {
        fail_in_jpeg(library);
    }
}

void print_nothing(j_common_ptr) {}

} // namespace

JpegErrors::JpegErrors() {
    jpeg_std_error(&manager);
    manager.error_exit = fail_in_jpeg;
    manager.emit_message = on_message;
    manager.output_message = print_nothing;
}

WayBack& way_back_of(j_common_ptr library) {
    return reinterpret_cast<JpegErrors*>(library->err)->way_back;
}

void fail_in_jpeg(j_common_ptr library) {
    std::array<char, JMSG_LENGTH_MAX> message{};
    library->err->format_message(library, message.data());
    way_back_of(library).keep(code_of(library->err->msg_code), message.data());
    way_back_of(library).jump();
}

} // namespace kizuna::codec
