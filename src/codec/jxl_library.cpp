#include "codec/jxl_library.hpp"

#include "base/system.hpp"
#include "codec/lazy_library.hpp"

#include "kizuna/error.hpp"

namespace kizuna::codec {

namespace {

// The version is part of the file name: the headers' structs belong to it.
constexpr const char* library_file = "libjxl.so.0.7";
constexpr const char* threads_library_file = "libjxl_threads.so.0.7";
constexpr const char* package = "libjxl 0.7 (libjxl0.7)";
static_assert(JPEGXL_MAJOR_VERSION == 0 && JPEGXL_MINOR_VERSION == 7, "adjust library_file to this libjxl");

} // namespace

Jxl::Jxl() {
    const LazyLibrary library(library_file, "JPEG XL", package);
    const LazyLibrary threads(threads_library_file, "JPEG XL", package);
    library.bind(decoder_create, "JxlDecoderCreate");
    library.bind(decoder_destroy, "JxlDecoderDestroy");
    library.bind(decoder_rewind, "JxlDecoderRewind");
    library.bind(decoder_subscribe, "JxlDecoderSubscribeEvents");
    library.bind(decoder_set_runner, "JxlDecoderSetParallelRunner");
    library.bind(decoder_set_unpremultiply, "JxlDecoderSetUnpremultiplyAlpha");
    library.bind(decoder_set_decompress_boxes, "JxlDecoderSetDecompressBoxes");
    library.bind(decoder_set_input, "JxlDecoderSetInput");
    library.bind(decoder_close_input, "JxlDecoderCloseInput");
    library.bind(decoder_process, "JxlDecoderProcessInput");
    library.bind(decoder_basic_info, "JxlDecoderGetBasicInfo");
    library.bind(decoder_frame_header, "JxlDecoderGetFrameHeader");
    library.bind(decoder_extra_channel_info, "JxlDecoderGetExtraChannelInfo");
    library.bind(decoder_colour, "JxlDecoderGetColorAsEncodedProfile");
    library.bind(decoder_prefer_colour, "JxlDecoderSetPreferredColorProfile");
    library.bind(decoder_icc_size, "JxlDecoderGetICCProfileSize");
    library.bind(decoder_icc, "JxlDecoderGetColorAsICCProfile");
    library.bind(decoder_box_type, "JxlDecoderGetBoxType");
    library.bind(decoder_set_box_buffer, "JxlDecoderSetBoxBuffer");
    library.bind(decoder_release_box_buffer, "JxlDecoderReleaseBoxBuffer");
    library.bind(decoder_image_size, "JxlDecoderImageOutBufferSize");
    library.bind(decoder_set_image_buffer, "JxlDecoderSetImageOutBuffer");
    library.bind(set_to_srgb, "JxlColorEncodingSetToSRGB");
    library.bind(encoder_create, "JxlEncoderCreate");
    library.bind(encoder_destroy, "JxlEncoderDestroy");
    library.bind(encoder_set_runner, "JxlEncoderSetParallelRunner");
    library.bind(encoder_init_basic_info, "JxlEncoderInitBasicInfo");
    library.bind(encoder_set_basic_info, "JxlEncoderSetBasicInfo");
    library.bind(encoder_set_colour, "JxlEncoderSetColorEncoding");
    library.bind(encoder_set_icc, "JxlEncoderSetICCProfile");
    library.bind(encoder_settings_create, "JxlEncoderFrameSettingsCreate");
    library.bind(encoder_set_option, "JxlEncoderFrameSettingsSetOption");
    library.bind(encoder_set_distance, "JxlEncoderSetFrameDistance");
    library.bind(encoder_set_lossless, "JxlEncoderSetFrameLossless");
    library.bind(encoder_init_frame_header, "JxlEncoderInitFrameHeader");
    library.bind(encoder_set_frame_header, "JxlEncoderSetFrameHeader");
    library.bind(encoder_use_boxes, "JxlEncoderUseBoxes");
    library.bind(encoder_add_box, "JxlEncoderAddBox");
    library.bind(encoder_add_frame, "JxlEncoderAddImageFrame");
    library.bind(encoder_close_input, "JxlEncoderCloseInput");
    library.bind(encoder_process, "JxlEncoderProcessOutput");
    threads.bind(runner, "JxlThreadParallelRunner");
    threads.bind(runner_create, "JxlThreadParallelRunnerCreate");
    threads.bind(runner_destroy, "JxlThreadParallelRunnerDestroy");
}

const Jxl& jxl() {
    static const Jxl table;
    return table;
}

JxlRunner make_jxl_runner() {
    JxlRunner runner(jxl().runner_create(nullptr, static_cast<std::size_t>(available_cpus())));
    if (!runner) {
        throw Error(ErrorCode::out_of_memory, "no memory for JPEG XL's threads");
    }
    return runner;
}

JxlPixelFormat jxl_pixel_format(PixelFormat format) noexcept {
    const JxlDataType type = format.sample == SampleType::u8    ? JXL_TYPE_UINT8
                             : format.sample == SampleType::u16 ? JXL_TYPE_UINT16
                                                                : JXL_TYPE_FLOAT;
    return {.num_channels = format.channels, .data_type = type, .endianness = JXL_NATIVE_ENDIAN, .align = 0};
}

} // namespace kizuna::codec
