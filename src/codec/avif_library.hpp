#pragma once

#include "kizuna/image.hpp"

#include <avif/avif.h>

// libavif, opened at first use.
namespace kizuna::codec {

struct Avif {
    decltype(avifDecoderCreate)* decoder_create = nullptr;
    decltype(avifDecoderDestroy)* decoder_destroy = nullptr;
    decltype(avifDecoderSetIOMemory)* decoder_set_memory = nullptr;
    decltype(avifDecoderParse)* decoder_parse = nullptr;
    decltype(avifDecoderNextImage)* decoder_next_image = nullptr;
    decltype(avifDecoderNthImageTiming)* decoder_timing = nullptr;
    decltype(avifEncoderCreate)* encoder_create = nullptr;
    decltype(avifEncoderDestroy)* encoder_destroy = nullptr;
    decltype(avifEncoderAddImage)* encoder_add_image = nullptr;
    decltype(avifEncoderFinish)* encoder_finish = nullptr;
    decltype(avifImageCreate)* image_create = nullptr;
    decltype(avifImageDestroy)* image_destroy = nullptr;
    decltype(avifImageAllocatePlanes)* image_allocate_planes = nullptr;
    decltype(avifImageSetProfileICC)* image_set_icc = nullptr;
    decltype(avifImageSetMetadataXMP)* image_set_xmp = nullptr;
    decltype(avifImageRGBToYUV)* rgb_to_yuv = nullptr;
    decltype(avifImageYUVToRGB)* yuv_to_rgb = nullptr;
    decltype(avifRGBImageSetDefaults)* rgb_set_defaults = nullptr;
    decltype(avifRWDataSet)* data_set = nullptr;
    decltype(avifRWDataFree)* data_free = nullptr;
    decltype(avifResultToString)* result_to_string = nullptr;

    Avif();
};

/// Opened at the first call; where that fails, with Error{unsupported}, the next call tries again.
[[nodiscard]] const Avif& avif();

struct AvifDecoderDeleter {
    void operator()(avifDecoder* decoder) const noexcept { avif().decoder_destroy(decoder); }
};

struct AvifEncoderDeleter {
    void operator()(avifEncoder* encoder) const noexcept { avif().encoder_destroy(encoder); }
};

struct AvifImageDeleter {
    void operator()(avifImage* image) const noexcept { avif().image_destroy(image); }
};

/// Interleaved RGB or RGBA for libavif's conversions; pixels and rowBytes are left to the caller.
[[nodiscard]] avifRGBImage avif_rgb_view(const avifImage& image, PixelFormat format);

} // namespace kizuna::codec
