#pragma once

#include "kizuna/error.hpp"

#include <memory>
#include <string>
#include <string_view>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

// FFmpeg's libraries, opened at first use: starting a program costs nothing, and a machine without them lacks
// video only. Their structs are part of their interface, so they must be of the releases that the headers
// belong to.

// The functions that are used, by library.
#define KIZUNA_AVUTIL_FUNCTIONS(X)                                                                           \
    X(av_buffer_ref)                                                                                         \
    X(av_buffer_unref)                                                                                       \
    X(av_dict_copy)                                                                                          \
    X(av_dict_free)                                                                                          \
    X(av_dict_get)                                                                                           \
    X(av_dict_set)                                                                                           \
    X(av_frame_alloc)                                                                                        \
    X(av_frame_clone)                                                                                        \
    X(av_frame_copy_props)                                                                                   \
    X(av_frame_free)                                                                                         \
    X(av_frame_get_buffer)                                                                                   \
    X(av_frame_get_side_data)                                                                                \
    X(av_frame_new_side_data_from_buf)                                                                       \
    X(av_frame_move_ref)                                                                                     \
    X(av_frame_unref)                                                                                        \
    X(av_freep)                                                                                              \
    X(av_get_pix_fmt)                                                                                        \
    X(av_get_pix_fmt_name)                                                                                   \
    X(av_get_media_type_string)                                                                              \
    X(av_image_get_linesize)                                                                                 \
    X(av_log_default_callback)                                                                               \
    X(av_log_set_callback)                                                                                   \
    X(av_malloc)                                                                                             \
    X(av_mallocz)                                                                                            \
    X(av_opt_find)                                                                                           \
    X(av_opt_set)                                                                                            \
    X(av_opt_set_int)                                                                                        \
    X(av_pix_fmt_desc_get)                                                                                   \
    X(av_d2q)                                                                                                \
    X(av_rescale_q)                                                                                          \
    X(av_strerror)                                                                                           \
    X(avutil_version)
#define KIZUNA_AVCODEC_FUNCTIONS(X)                                                                          \
    X(av_new_packet)                                                                                         \
    X(av_packet_alloc)                                                                                       \
    X(av_packet_clone)                                                                                       \
    X(av_packet_free)                                                                                        \
    X(av_packet_rescale_ts)                                                                                  \
    X(av_packet_unref)                                                                                       \
    X(avcodec_alloc_context3)                                                                                \
    X(avcodec_find_best_pix_fmt_of_list)                                                                     \
    X(avcodec_find_decoder)                                                                                  \
    X(avcodec_find_encoder_by_name)                                                                          \
    X(avcodec_flush_buffers)                                                                                 \
    X(avcodec_free_context)                                                                                  \
    X(avcodec_get_name)                                                                                      \
    X(avcodec_open2)                                                                                         \
    X(avcodec_parameters_copy)                                                                               \
    X(avcodec_parameters_from_context)                                                                       \
    X(avcodec_parameters_to_context)                                                                         \
    X(avcodec_receive_frame)                                                                                 \
    X(avcodec_receive_packet)                                                                                \
    X(avcodec_send_frame)                                                                                    \
    X(avcodec_send_packet)                                                                                   \
    X(avcodec_version)
#define KIZUNA_AVFORMAT_FUNCTIONS(X)                                                                         \
    X(av_find_best_stream)                                                                                   \
    X(av_guess_format)                                                                                       \
    X(av_guess_frame_rate)                                                                                   \
    X(av_guess_sample_aspect_ratio)                                                                          \
    X(av_interleaved_write_frame)                                                                            \
    X(av_read_frame)                                                                                         \
    X(av_stream_add_side_data)                                                                               \
    X(av_stream_new_side_data)                                                                               \
    X(av_write_trailer)                                                                                      \
    X(avformat_alloc_output_context2)                                                                        \
    X(avformat_close_input)                                                                                  \
    X(avformat_find_stream_info)                                                                             \
    X(avformat_free_context)                                                                                 \
    X(avformat_new_stream)                                                                                   \
    X(avformat_open_input)                                                                                   \
    X(avformat_query_codec)                                                                                  \
    X(avformat_seek_file)                                                                                    \
    X(avformat_version)                                                                                      \
    X(avformat_write_header)                                                                                 \
    X(avio_alloc_context)                                                                                    \
    X(avio_context_free)                                                                                     \
    X(avio_flush)
#define KIZUNA_SWSCALE_FUNCTIONS(X)                                                                          \
    X(sws_alloc_context)                                                                                     \
    X(sws_freeContext)                                                                                       \
    X(sws_getCoefficients)                                                                                   \
    X(sws_init_context)                                                                                      \
    X(sws_isSupportedInput)                                                                                  \
    X(sws_isSupportedOutput)                                                                                 \
    X(sws_scale)                                                                                             \
    X(sws_setColorspaceDetails)                                                                              \
    X(swscale_version)
#define KIZUNA_AVFILTER_FUNCTIONS(X)                                                                         \
    X(av_buffersink_get_frame)                                                                               \
    X(av_buffersink_get_time_base)                                                                           \
    X(av_buffersrc_add_frame_flags)                                                                          \
    X(avfilter_get_by_name)                                                                                  \
    X(avfilter_graph_alloc)                                                                                  \
    X(avfilter_graph_config)                                                                                 \
    X(avfilter_graph_create_filter)                                                                          \
    X(avfilter_graph_free)                                                                                   \
    X(avfilter_link)                                                                                         \
    X(avfilter_version)

namespace kizuna::video {

// NOLINTNEXTLINE(bugprone-macro-parentheses): a name that is declared
#define KIZUNA_MEMBER(name) decltype(&::name) name = nullptr;

struct Ffmpeg {
    KIZUNA_AVUTIL_FUNCTIONS(KIZUNA_MEMBER)
    KIZUNA_AVCODEC_FUNCTIONS(KIZUNA_MEMBER)
    KIZUNA_AVFORMAT_FUNCTIONS(KIZUNA_MEMBER)
    KIZUNA_SWSCALE_FUNCTIONS(KIZUNA_MEMBER)
    KIZUNA_AVFILTER_FUNCTIONS(KIZUNA_MEMBER)

    Ffmpeg();
    ~Ffmpeg();
    Ffmpeg(const Ffmpeg&) = delete;
    Ffmpeg& operator=(const Ffmpeg&) = delete;
};

#undef KIZUNA_MEMBER

/// Opened at the first call; where that fails, with Error{unsupported}, the next call tries again.
[[nodiscard]] const Ffmpeg& ffmpeg();

/// FFmpeg's own words for one of its error codes.
[[nodiscard]] std::string reason_of(int code);

/// Throws Error where `code` is negative: "what: reason". A full disk and the like are {io}, missing memory
/// is {out_of_memory}, anything else is `otherwise`.
int check(int code, std::string_view what, ErrorCode otherwise = ErrorCode::corrupt);

/// Throws Error{out_of_memory} for nullptr, which is why FFmpeg's allocations fail.
template <typename T>
T* check_memory(T* pointer) {
    if (pointer == nullptr) {
        throw Error(ErrorCode::out_of_memory, "there is no memory left for video");
    }
    return pointer;
}

struct FfmpegDeleter {
    void operator()(AVFrame* frame) const noexcept { ffmpeg().av_frame_free(&frame); }

    void operator()(AVPacket* packet) const noexcept { ffmpeg().av_packet_free(&packet); }

    void operator()(AVCodecContext* context) const noexcept { ffmpeg().avcodec_free_context(&context); }

    void operator()(SwsContext* context) const noexcept { ffmpeg().sws_freeContext(context); }

    void operator()(AVFilterGraph* graph) const noexcept { ffmpeg().avfilter_graph_free(&graph); }
};

using FramePtr = std::unique_ptr<AVFrame, FfmpegDeleter>;
using PacketPtr = std::unique_ptr<AVPacket, FfmpegDeleter>;
using CodecPtr = std::unique_ptr<AVCodecContext, FfmpegDeleter>;

[[nodiscard]] inline FramePtr make_frame() {
    return FramePtr(check_memory(ffmpeg().av_frame_alloc()));
}

[[nodiscard]] inline PacketPtr make_packet() {
    return PacketPtr(check_memory(ffmpeg().av_packet_alloc()));
}

/// Of the frames of a stream whose times are in `time_base`.
inline constexpr AVRational microseconds{1, AV_TIME_BASE};

/// How long a decoded frame is shown, in its stream's time base; 0 where that is not known.
[[nodiscard]] inline std::int64_t duration_of(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 58
    return frame.duration;
#else
    return frame.pkt_duration;
#endif
}

[[nodiscard]] inline bool is_interlaced(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 59
    return (frame.flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
    return frame.interlaced_frame != 0;
#endif
}

} // namespace kizuna::video
