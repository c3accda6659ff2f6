#include "video/ffmpeg.hpp"

#include "base/log.hpp"
#include "codec/lazy_library.hpp"

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include <fmt/format.h>

namespace kizuna::video {

namespace {

// A library's file and its Debian package both carry the number of its interface.
#define KIZUNA_LIBRARY(name, major) name ".so." AV_STRINGIFY(major), "video", name AV_STRINGIFY(major)

/// FFmpeg would print what it thinks of files; what matters is in our errors and warnings.
void tell_log(void* /*context*/, int level, const char* format, va_list arguments) {
    if (level > AV_LOG_WARNING) {
        return;
    }
    std::array<char, 512> line{};
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): FFmpeg has started it
    if (std::vsnprintf(line.data(), line.size(), format, arguments) > 0) {
        std::string_view text(line.data());
        while (text.ends_with('\n')) {
            text.remove_suffix(1);
        }
        log(LogLevel::debug, fmt::format("FFmpeg: {}", text));
    }
}

} // namespace

Ffmpeg::Ffmpeg() {
    using codec::LazyLibrary;
#define KIZUNA_BIND(name) library.bind(name, #name);
    {
        const LazyLibrary library(KIZUNA_LIBRARY("libavutil", LIBAVUTIL_VERSION_MAJOR));
        KIZUNA_AVUTIL_FUNCTIONS(KIZUNA_BIND)
    }
    {
        const LazyLibrary library(KIZUNA_LIBRARY("libavcodec", LIBAVCODEC_VERSION_MAJOR));
        KIZUNA_AVCODEC_FUNCTIONS(KIZUNA_BIND)
    }
    {
        const LazyLibrary library(KIZUNA_LIBRARY("libavformat", LIBAVFORMAT_VERSION_MAJOR));
        KIZUNA_AVFORMAT_FUNCTIONS(KIZUNA_BIND)
    }
    {
        const LazyLibrary library(KIZUNA_LIBRARY("libswscale", LIBSWSCALE_VERSION_MAJOR));
        KIZUNA_SWSCALE_FUNCTIONS(KIZUNA_BIND)
    }
    {
        const LazyLibrary library(KIZUNA_LIBRARY("libavfilter", LIBAVFILTER_VERSION_MAJOR));
        KIZUNA_AVFILTER_FUNCTIONS(KIZUNA_BIND)
    }
#undef KIZUNA_BIND
    av_log_set_callback(tell_log);
}

Ffmpeg::~Ffmpeg() {
    av_log_set_callback(av_log_default_callback); // a host may close libkizuna and go on with FFmpeg
}

const Ffmpeg& ffmpeg() {
    static const Ffmpeg table;
    return table;
}

std::string reason_of(int code) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    ffmpeg().av_strerror(code, text.data(), text.size());
    return text.data();
}

int check(int code, std::string_view what, ErrorCode otherwise) {
    if (code >= 0) {
        return code;
    }
    switch (code) {
    case AVERROR(ENOMEM):
        throw Error(ErrorCode::out_of_memory, fmt::format("{}: there is no memory left", what));
    case AVERROR(EIO):
    case AVERROR(ENOSPC):
    case AVERROR(EPIPE):
    case AVERROR(EACCES):
        throw Error(ErrorCode::io, fmt::format("{}: {}", what, reason_of(code)));
    case AVERROR(ENOENT):
        throw Error(ErrorCode::not_found, fmt::format("{}: {}", what, reason_of(code)));
    default:
        throw Error(otherwise, fmt::format("{}: {}", what, reason_of(code)));
    }
}

} // namespace kizuna::video
