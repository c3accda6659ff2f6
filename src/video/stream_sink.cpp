#include "video/stream_sink.hpp"

#include <cerrno>
#include <cstring>
#include <unistd.h>

#include <fmt/format.h>

namespace kizuna::video {

void StreamSink::StandardOutput::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            throw Error(
                ErrorCode::io, fmt::format("cannot write to standard output: {}", std::strerror(errno)));
        }
        position_ += static_cast<std::uint64_t>(written);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

void StreamSink::StandardOutput::seek(std::uint64_t /*position*/) {
    throw Error(ErrorCode::internal, "a pipe cannot go back");
}

StreamSink::StreamSink(
    const std::filesystem::path& input, const ImageInfo& like, const EncoderSettings& encoder,
    const MuxerSettings& muxer)
    : frames_(like, encoder)
    , source_(input)
    , encoder_(
          encoder,
          [this](AVPacket& packet) {
              const PacketPtr copy(check_memory(ffmpeg().av_packet_clone(&packet)));
              muxer_.write_picture(*copy);
          })
    , muxer_(out_, false, source_, encoder_.context(), muxer) {}

void StreamSink::write(const ResultFrame& frame) {
    const FramePtr made = frames_.make(frame);
    encoder_.encode(*made, frame.duration);
    bytes_ = out_.position();
}

void StreamSink::finish(std::uint64_t /*frames*/) {
    encoder_.finish();
    muxer_.finish();
    bytes_ = out_.position();
}

} // namespace kizuna::video
