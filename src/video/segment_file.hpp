#pragma once

#include "base/atomic_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

// A stretch of encoded video that can be decoded by itself: a file of the work folder (docs/video.md has its
// format). It appears under its name when it is complete, so one that is there is whole.
namespace kizuna::video {

/// One encoded picture. Times are in the video's time base.
struct SegmentPacket {
    std::int64_t pts = 0;
    std::int64_t duration = 0; ///< 0: not known
    bool is_key = false;
    std::uint32_t size = 0;
    std::uint32_t checksum = 0;
    std::uint64_t position = 0; ///< of its bytes in the file
};

class SegmentWriter {
  public:
    /// `extradata`: what a decoder needs before the first packet.
    SegmentWriter(const std::filesystem::path& path, std::span<const std::byte> extradata);

    /// `packet.size`, `checksum` and `position` follow from `bytes`.
    void write(const SegmentPacket& packet, std::span<const std::byte> bytes);

    [[nodiscard]] std::uint64_t bytes() const { return file_.position(); }

    /// `frames`: pictures in it.
    void commit(std::uint32_t frames);

  private:
    AtomicFile file_;
};

/// What is in a segment, without its pictures.
struct Segment {
    std::filesystem::path path;
    std::vector<std::byte> extradata;
    std::vector<SegmentPacket> packets; ///< in the order in which they are decoded
    std::uint32_t frames = 0;
    std::uint64_t bytes = 0;
};

/// Throws Error{corrupt} for a file that is no segment or is cut off, {not_found}, {io}.
[[nodiscard]] Segment read_segment(const std::filesystem::path& path);
/// The same of what `in` gives, which is called `path`.
[[nodiscard]] Segment read_segment(InputStream& in, const std::filesystem::path& path);

/// Reads packets of a segment. Throws Error{corrupt} where their bytes have changed.
class SegmentReader {
  public:
    explicit SegmentReader(const Segment& segment);

    /// `into` has the packet's size.
    void read(const SegmentPacket& packet, std::span<std::byte> into);

  private:
    std::filesystem::path path_;
    std::unique_ptr<InputStream> in_;
};

/// When packets with these times, in the order in which they are decoded, are to be decoded: rising, and
/// never later than a packet is shown.
[[nodiscard]] std::vector<std::int64_t> decoding_times(std::span<const std::int64_t> pts);

} // namespace kizuna::video
