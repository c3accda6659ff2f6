#pragma once

#include "video/media_input.hpp"

#include <string>
#include <string_view>

// What FFmpeg's containers can hold.
namespace kizuna::video {

/// Throws Error{unsupported} where this FFmpeg cannot write it.
[[nodiscard]] const AVOutputFormat& container_named(const std::string& name);

/// Of an input or an output; WebM is one, too, but for attachments.
template <typename Container>
[[nodiscard]] bool is_matroska(const Container& container) {
    return std::string_view(container.name).starts_with("matroska");
}

[[nodiscard]] bool can_hold(const AVOutputFormat& container, AVCodecID codec);
[[nodiscard]] bool can_hold(const AVOutputFormat& container, const AVStream& stream);

struct ContainerWish {
    std::string container; ///< FFmpeg's name
    bool drop_streams = false;
    bool pictures_only = false; ///< no other streams
};

/// Throws Error{unsupported} where the container cannot hold what this encoder makes, or naming the streams
/// of `source` that it cannot hold; those that are to be left out are said in the log.
void check_container(const MediaInput& source, AVCodecID encoder, const ContainerWish& wish);

} // namespace kizuna::video
