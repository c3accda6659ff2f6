#pragma once

#include "base/byte_stream.hpp"
#include "video/containers.hpp"
#include "video/encoder.hpp"
#include "video/media_input.hpp"

#include <exception>
#include <optional>
#include <vector>

namespace kizuna::video {

/// Static HDR metadata, which belongs to the whole video.
struct HdrMetadata {
    std::optional<AVMasteringDisplayMetadata> mastering;
    std::optional<AVContentLightMetadata> light;
};

struct MuxerSettings : ContainerWish {
    Window window;
    HdrMetadata hdr;
};

/// Writes a media file: the pictures that it is given, and everything else of another file, as it is there.
class Muxer {
  public:
    /// `source` is read as packets come; its moving pictures are what is replaced. `can_seek`: whether `out`
    /// can go back, without which some containers lack an index.
    Muxer(
        OutputStream& out, bool can_seek, MediaInput& source, const AVCodecContext& encoder,
        const MuxerSettings& settings);
    Muxer(const Muxer&) = delete;
    Muxer& operator=(const Muxer&) = delete;
    ~Muxer() = default;

    /// The next packet of the pictures, in the order of decoding. Its times are the source's, in the
    /// encoder's time base.
    void write_picture(AVPacket& packet);

    void finish();

    [[nodiscard]] std::uint64_t bytes() const { return end_; }

  private:
    static int write_bytes(void* self, std::uint8_t* bytes, int size);
    static std::int64_t seek_bytes(void* self, std::int64_t offset, int whence);

    void open_stream(bool can_seek);
    void add_streams(const AVCodecContext& encoder);
    void add_pictures(const AVCodecContext& encoder);
    [[nodiscard]] AVStream* add_copy(const AVStream& from);
    void add_as_attachment(const AVStream& cover);
    void copy_chapters();
    void copy_until(std::int64_t us);
    [[nodiscard]] bool is_in_window(const AVPacket& packet) const;
    void write(AVPacket& packet, AVRational time_base, const AVStream& stream);
    void rethrow(int code);

    struct Closer {
        void operator()(AVFormatContext* context) const noexcept;
    };

    OutputStream& out_;
    std::uint64_t end_ = 0;
    std::exception_ptr failure_;
    MediaInput& source_;
    MuxerSettings settings_;
    std::int64_t origin_us_; ///< of the source, which becomes 0
    std::unique_ptr<AVFormatContext, Closer> format_;
    AVStream* pictures_ = nullptr;
    AVRational time_base_;
    bool has_no_times_ = false; ///< the container: pictures are counted
    std::int64_t counted_ = 0;
    std::vector<AVStream*> copies_; ///< by the source's index; nullptr: not copied
    PacketPtr waiting_ = make_packet();
    bool has_waiting_ = false;
    bool source_ended_ = false;
};

} // namespace kizuna::video
