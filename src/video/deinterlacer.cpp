#include "video/deinterlacer.hpp"

#include <fmt/format.h>

namespace kizuna::video {

namespace {

AVFilterContext* add_filter(AVFilterGraph& graph, const char* name, const std::string& arguments) {
    const Ffmpeg& av = ffmpeg();
    const AVFilter* const filter = av.avfilter_get_by_name(name);
    if (filter == nullptr) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("interlaced video needs FFmpeg's filter {}, which this build of it lacks", name));
    }
    AVFilterContext* context = nullptr;
    check(
        av.avfilter_graph_create_filter(
            &context, filter, name, arguments.empty() ? nullptr : arguments.c_str(), nullptr, &graph),
        "deinterlacing cannot be set up", ErrorCode::unsupported);
    return context;
}

} // namespace

Deinterlacer::Deinterlacer(const AVFrame& first, AVRational time_base, bool all)
    : graph_(check_memory(ffmpeg().avfilter_graph_alloc()))
    , time_base_(time_base) {
    const Ffmpeg& av = ffmpeg();
    graph_->nb_threads = 1; // the network needs the others
    source_ = add_filter(
        *graph_, "buffer",
        fmt::format(
            "video_size={}x{}:pix_fmt={}:time_base={}/{}:pixel_aspect={}/{}", first.width, first.height,
            first.format, time_base.num, time_base.den, first.sample_aspect_ratio.num,
            std::max(first.sample_aspect_ratio.den, 1)));
    AVFilterContext* const bwdif = add_filter(
        *graph_, "bwdif", fmt::format("mode=send_frame:parity=auto:deint={}", all ? "all" : "interlaced"));
    sink_ = add_filter(*graph_, "buffersink", "");
    check(av.avfilter_link(source_, 0, bwdif, 0), "deinterlacing cannot be set up");
    check(av.avfilter_link(bwdif, 0, sink_, 0), "deinterlacing cannot be set up");
    check(
        av.avfilter_graph_config(graph_.get(), nullptr), "these pictures cannot be deinterlaced",
        ErrorCode::unsupported);
}

void Deinterlacer::send(AVFrame* frame) {
    check(
        ffmpeg().av_buffersrc_add_frame_flags(source_, frame, AV_BUFFERSRC_FLAG_KEEP_REF),
        "a picture cannot be deinterlaced");
}

bool Deinterlacer::receive(AVFrame& frame) {
    const Ffmpeg& av = ffmpeg();
    const int code = av.av_buffersink_get_frame(sink_, &frame);
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) {
        return false;
    }
    check(code, "a picture cannot be deinterlaced");
    if (frame.pts != AV_NOPTS_VALUE) {
        frame.pts = av.av_rescale_q(frame.pts, av.av_buffersink_get_time_base(sink_), time_base_);
    }
    return true;
}

} // namespace kizuna::video
