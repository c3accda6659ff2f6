#pragma once

#include "kizuna/image.hpp"

#include <memory>

#include <jxl/decode.h>
#include <jxl/encode.h>
#include <jxl/thread_parallel_runner.h>

// libjxl and its thread pool, opened at first use.
namespace kizuna::codec {

struct Jxl {
    decltype(JxlDecoderCreate)* decoder_create = nullptr;
    decltype(JxlDecoderDestroy)* decoder_destroy = nullptr;
    decltype(JxlDecoderRewind)* decoder_rewind = nullptr;
    decltype(JxlDecoderSubscribeEvents)* decoder_subscribe = nullptr;
    decltype(JxlDecoderSetParallelRunner)* decoder_set_runner = nullptr;
    decltype(JxlDecoderSetUnpremultiplyAlpha)* decoder_set_unpremultiply = nullptr;
    decltype(JxlDecoderSetDecompressBoxes)* decoder_set_decompress_boxes = nullptr;
    decltype(JxlDecoderSetInput)* decoder_set_input = nullptr;
    decltype(JxlDecoderCloseInput)* decoder_close_input = nullptr;
    decltype(JxlDecoderProcessInput)* decoder_process = nullptr;
    decltype(JxlDecoderGetBasicInfo)* decoder_basic_info = nullptr;
    decltype(JxlDecoderGetFrameHeader)* decoder_frame_header = nullptr;
    decltype(JxlDecoderGetExtraChannelInfo)* decoder_extra_channel_info = nullptr;
    decltype(JxlDecoderGetColorAsEncodedProfile)* decoder_colour = nullptr;
    decltype(JxlDecoderSetPreferredColorProfile)* decoder_prefer_colour = nullptr;
    decltype(JxlDecoderGetICCProfileSize)* decoder_icc_size = nullptr;
    decltype(JxlDecoderGetColorAsICCProfile)* decoder_icc = nullptr;
    decltype(JxlDecoderGetBoxType)* decoder_box_type = nullptr;
    decltype(JxlDecoderSetBoxBuffer)* decoder_set_box_buffer = nullptr;
    decltype(JxlDecoderReleaseBoxBuffer)* decoder_release_box_buffer = nullptr;
    decltype(JxlDecoderImageOutBufferSize)* decoder_image_size = nullptr;
    decltype(JxlDecoderSetImageOutBuffer)* decoder_set_image_buffer = nullptr;
    decltype(JxlColorEncodingSetToSRGB)* set_to_srgb = nullptr;
    decltype(JxlEncoderCreate)* encoder_create = nullptr;
    decltype(JxlEncoderDestroy)* encoder_destroy = nullptr;
    decltype(JxlEncoderSetParallelRunner)* encoder_set_runner = nullptr;
    decltype(JxlEncoderInitBasicInfo)* encoder_init_basic_info = nullptr;
    decltype(JxlEncoderSetBasicInfo)* encoder_set_basic_info = nullptr;
    decltype(JxlEncoderSetColorEncoding)* encoder_set_colour = nullptr;
    decltype(JxlEncoderSetICCProfile)* encoder_set_icc = nullptr;
    decltype(JxlEncoderFrameSettingsCreate)* encoder_settings_create = nullptr;
    decltype(JxlEncoderFrameSettingsSetOption)* encoder_set_option = nullptr;
    decltype(JxlEncoderSetFrameDistance)* encoder_set_distance = nullptr;
    decltype(JxlEncoderSetFrameLossless)* encoder_set_lossless = nullptr;
    decltype(JxlEncoderInitFrameHeader)* encoder_init_frame_header = nullptr;
    decltype(JxlEncoderSetFrameHeader)* encoder_set_frame_header = nullptr;
    decltype(JxlEncoderUseBoxes)* encoder_use_boxes = nullptr;
    decltype(JxlEncoderAddBox)* encoder_add_box = nullptr;
    decltype(JxlEncoderAddImageFrame)* encoder_add_frame = nullptr;
    decltype(JxlEncoderCloseInput)* encoder_close_input = nullptr;
    decltype(JxlEncoderProcessOutput)* encoder_process = nullptr;
    decltype(JxlThreadParallelRunner)* runner = nullptr;
    decltype(JxlThreadParallelRunnerCreate)* runner_create = nullptr;
    decltype(JxlThreadParallelRunnerDestroy)* runner_destroy = nullptr;

    Jxl();
};

/// Opened at the first call; where that fails, with Error{unsupported}, the next call tries again.
[[nodiscard]] const Jxl& jxl();

struct JxlDecoderDeleter {
    void operator()(JxlDecoder* decoder) const noexcept { jxl().decoder_destroy(decoder); }
};

struct JxlEncoderDeleter {
    void operator()(JxlEncoder* encoder) const noexcept { jxl().encoder_destroy(encoder); }
};

struct JxlRunnerDeleter {
    void operator()(void* runner) const noexcept { jxl().runner_destroy(runner); }
};

using JxlRunner = std::unique_ptr<void, JxlRunnerDeleter>;

/// A pool with a thread for each processor that this process may use. Throws Error{out_of_memory}.
[[nodiscard]] JxlRunner make_jxl_runner();

/// How a picture of this format lies in memory.
[[nodiscard]] JxlPixelFormat jxl_pixel_format(PixelFormat format) noexcept;

} // namespace kizuna::codec
