#include "video/segment_file.hpp"

#include "base/checked.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <zlib.h>

#include <fmt/format.h>

namespace kizuna::video {

namespace {

constexpr std::array<char, 8> magic{'K', 'Z', 'S', 'E', 'G', '0', '0', '1'};
/// Marks the end, with the number of frames: "END" and a zero, as a number that no packet's size can be.
constexpr std::uint32_t end_mark = 0xFFFFFFFF;
constexpr std::uint32_t greatest_extradata = 1U << 20U;
/// A lossless picture of 500 million pixels would be larger; AVPacket cannot be.
constexpr std::uint32_t greatest_packet = std::numeric_limits<std::int32_t>::max() - 1024;
constexpr std::uint64_t key_flag = 1;
/// In the finest of time bases, nanoseconds, 18 years: so far from the ends of the numbers that they can be
/// added.
constexpr std::int64_t greatest_time = std::int64_t{1} << 59U;
constexpr std::int64_t greatest_step = std::int64_t{1} << 30U;

static_assert(std::endian::native == std::endian::little, "segments are written in the machine's order");

std::uint32_t checksum_of(std::span<const std::byte> bytes) {
    return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

template <typename T>
void write_number(OutputStream& out, T value) {
    out.write(std::as_bytes(std::span(&value, 1)));
}

/// Reads numbers; a file that ends before them is damaged.
class NumberReader {
  public:
    NumberReader(InputStream& in, const std::filesystem::path& path)
        : in_(in)
        , path_(path) {}

    template <typename T>
    T read() {
        T value{};
        read_into(std::as_writable_bytes(std::span(&value, 1)));
        return value;
    }

    void read_into(std::span<std::byte> into) {
        if (in_.read(into) != into.size()) {
            refuse("is cut off");
        }
    }

    [[noreturn]] void refuse(std::string_view what) const {
        throw Error(ErrorCode::corrupt, fmt::format("{} {}", path_.string(), what));
    }

  private:
    InputStream& in_;
    const std::filesystem::path& path_;
};

} // namespace

SegmentWriter::SegmentWriter(const std::filesystem::path& path, std::span<const std::byte> extradata)
    : file_(path, AtomicFile::IfExists::replace) {
    file_.write(std::as_bytes(std::span(magic)));
    write_number(file_, checked_cast<std::uint32_t>(extradata.size()));
    file_.write(extradata);
}

void SegmentWriter::write(const SegmentPacket& packet, std::span<const std::byte> bytes) {
    write_number(file_, checked_cast<std::uint32_t>(bytes.size()));
    write_number(file_, checksum_of(bytes));
    write_number(file_, packet.pts);
    write_number(file_, packet.duration);
    write_number(file_, packet.is_key ? key_flag : 0);
    file_.write(bytes);
}

void SegmentWriter::commit(std::uint32_t frames) {
    write_number(file_, end_mark);
    write_number(file_, frames);
    file_.commit();
}

Segment read_segment(const std::filesystem::path& path) {
    return read_segment(*open_file(path), path);
}

Segment read_segment(InputStream& in, const std::filesystem::path& path) {
    NumberReader numbers(in, path);
    std::array<char, magic.size()> begin{};
    numbers.read_into(std::as_writable_bytes(std::span(begin)));
    if (begin != magic) {
        numbers.refuse("is no segment of a video");
    }
    Segment segment;
    segment.path = path;
    segment.bytes = in.size();
    const auto extra_size = numbers.read<std::uint32_t>();
    if (extra_size > greatest_extradata) {
        numbers.refuse("is damaged");
    }
    segment.extradata.resize(extra_size);
    numbers.read_into(segment.extradata);
    while (true) {
        SegmentPacket packet;
        packet.size = numbers.read<std::uint32_t>();
        if (packet.size == end_mark) {
            segment.frames = numbers.read<std::uint32_t>();
            return segment;
        }
        packet.checksum = numbers.read<std::uint32_t>();
        packet.pts = numbers.read<std::int64_t>();
        packet.duration = numbers.read<std::int64_t>();
        packet.is_key = (numbers.read<std::uint64_t>() & key_flag) != 0;
        packet.position = in.position();
        if (packet.pts > greatest_time || packet.pts < -greatest_time) {
            numbers.refuse("is damaged");
        }
        if (packet.size > greatest_packet || packet.size > segment.bytes - packet.position) {
            numbers.refuse("is damaged");
        }
        in.seek(packet.position + packet.size);
        segment.packets.push_back(packet);
    }
}

SegmentReader::SegmentReader(const Segment& segment)
    : path_(segment.path)
    , in_(open_file(segment.path)) {}

void SegmentReader::read(const SegmentPacket& packet, std::span<std::byte> into) {
    in_->seek(packet.position);
    if (in_->read(into) != into.size() || checksum_of(into) != packet.checksum) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format(
                "{} has changed since it was written; delete it, and run the same command again",
                path_.string()));
    }
}

// A decoder that puts packets into the order of their times holds some back: the least number that will do is
// by how many places each one's time is early in the order of decoding. Each packet is then decoded at the
// time at which the one so many places before it, in the order of times, is shown.
std::vector<std::int64_t> decoding_times(std::span<const std::int64_t> pts) {
    std::vector<std::int64_t> sorted(pts.begin(), pts.end());
    std::sort(sorted.begin(), sorted.end());
    std::size_t delay = 0;
    for (std::size_t i = 0; i < pts.size(); ++i) {
        const auto rank =
            static_cast<std::size_t>(std::lower_bound(sorted.begin(), sorted.end(), pts[i]) - sorted.begin());
        delay = std::max(delay, i > rank ? i - rank : 0);
    }
    const std::int64_t step =
        sorted.size() > 1 ? std::clamp<std::int64_t>(sorted[1] - sorted[0], 1, greatest_step) : 1;
    std::vector<std::int64_t> times(pts.size());
    for (std::size_t i = 0; i < times.size(); ++i) {
        times[i] = i >= delay ? sorted[i - delay] : sorted[0] - static_cast<std::int64_t>(delay - i) * step;
    }
    return times;
}

} // namespace kizuna::video
