#include "video/containers.hpp"

#include "base/log.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna::video {

namespace {

std::string description_of(const AVStream& stream) {
    const char* const type = ffmpeg().av_get_media_type_string(stream.codecpar->codec_type);
    return fmt::format(
        "stream {} ({}, {})", stream.index, type == nullptr ? "unknown" : type,
        ffmpeg().avcodec_get_name(stream.codecpar->codec_id));
}

} // namespace

const AVOutputFormat& container_named(const std::string& name) {
    const AVOutputFormat* const container = ffmpeg().av_guess_format(name.c_str(), nullptr, nullptr);
    if (container == nullptr) {
        throw Error(ErrorCode::unsupported, fmt::format("this FFmpeg cannot write {}", name));
    }
    return *container;
}

bool can_hold(const AVOutputFormat& container, AVCodecID codec) {
    return ffmpeg().avformat_query_codec(&container, codec, FF_COMPLIANCE_EXPERIMENTAL) != 0;
}

bool can_hold(const AVOutputFormat& container, const AVStream& stream) {
    const AVCodecParameters& parameters = *stream.codecpar;
    if (parameters.codec_type == AVMEDIA_TYPE_ATTACHMENT) {
        return is_matroska(container);
    }
    return parameters.codec_type != AVMEDIA_TYPE_DATA && parameters.codec_type != AVMEDIA_TYPE_UNKNOWN &&
           can_hold(container, parameters.codec_id);
}

void check_container(const MediaInput& source, AVCodecID encoder, const ContainerWish& wish) {
    const AVOutputFormat& container = container_named(wish.container);
    if (!wish.pictures_only && !can_hold(container, encoder)) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "{} cannot hold {}; .mkv can", container.long_name, ffmpeg().avcodec_get_name(encoder)));
    }
    std::vector<std::string> unfit;
    for (unsigned i = 0; i < source.format().nb_streams && !wish.pictures_only; ++i) {
        const AVStream& stream = *source.format().streams[i];
        if (&stream == &source.video() || can_hold(container, stream)) {
            continue;
        }
        const AVMediaType type = stream.codecpar->codec_type;
        if (wish.drop_streams || type == AVMEDIA_TYPE_DATA || type == AVMEDIA_TYPE_UNKNOWN) {
            log(LogLevel::warning,
                fmt::format(
                    "{} is left out: {} cannot hold it", description_of(stream), container.long_name));
        } else {
            unfit.push_back(description_of(stream));
        }
    }
    if (!unfit.empty()) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "{} cannot hold {}; .mkv holds nearly everything, and --drop-streams leaves out what does "
                "not fit",
                container.long_name, fmt::join(unfit, ", ")));
    }
}

} // namespace kizuna::video
