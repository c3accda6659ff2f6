#include "codec/avif_library.hpp"

#include "codec/lazy_library.hpp"

namespace kizuna::codec {

namespace {

// libavif's structs are part of its interface, so the library must be the one that the header belongs to: its
// file name changes with them. Debian 12's libavif 0.11 is libavif.so.15.
constexpr const char* library_file = "libavif.so.15";
static_assert(AVIF_VERSION_MAJOR == 0 && AVIF_VERSION_MINOR == 11, "adjust library_file to this libavif");

} // namespace

Avif::Avif() {
    const LazyLibrary library(library_file, "AVIF", "libavif 0.11 (libavif15)");
    library.bind(decoder_create, "avifDecoderCreate");
    library.bind(decoder_destroy, "avifDecoderDestroy");
    library.bind(decoder_set_memory, "avifDecoderSetIOMemory");
    library.bind(decoder_parse, "avifDecoderParse");
    library.bind(decoder_next_image, "avifDecoderNextImage");
    library.bind(decoder_timing, "avifDecoderNthImageTiming");
    library.bind(encoder_create, "avifEncoderCreate");
    library.bind(encoder_destroy, "avifEncoderDestroy");
    library.bind(encoder_add_image, "avifEncoderAddImage");
    library.bind(encoder_finish, "avifEncoderFinish");
    library.bind(image_create, "avifImageCreate");
    library.bind(image_destroy, "avifImageDestroy");
    library.bind(image_allocate_planes, "avifImageAllocatePlanes");
    library.bind(image_set_icc, "avifImageSetProfileICC");
    library.bind(image_set_xmp, "avifImageSetMetadataXMP");
    library.bind(rgb_to_yuv, "avifImageRGBToYUV");
    library.bind(yuv_to_rgb, "avifImageYUVToRGB");
    library.bind(rgb_set_defaults, "avifRGBImageSetDefaults");
    library.bind(data_set, "avifRWDataSet");
    library.bind(data_free, "avifRWDataFree");
    library.bind(result_to_string, "avifResultToString");
}

const Avif& avif() {
    static const Avif table;
    return table;
}

avifRGBImage avif_rgb_view(const avifImage& image, PixelFormat format) {
    avifRGBImage rgb;
    avif().rgb_set_defaults(&rgb, &image);
    rgb.format = format.channels == 4 ? AVIF_RGB_FORMAT_RGBA : AVIF_RGB_FORMAT_RGB;
    rgb.depth = static_cast<std::uint32_t>(8 * bytes_per_sample(format.sample));
    rgb.chromaUpsampling = AVIF_CHROMA_UPSAMPLING_BEST_QUALITY;
    rgb.chromaDownsampling = AVIF_CHROMA_DOWNSAMPLING_BEST_QUALITY;
    rgb.avoidLibYUV = AVIF_TRUE; // its arithmetic has 6 to 8 bits, and the network sharpens what that leaves
    return rgb;
}

} // namespace kizuna::codec
