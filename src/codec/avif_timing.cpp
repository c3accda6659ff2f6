#include "codec/avif_timing.hpp"

#include "codec/iso_boxes.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace kizuna::codec {
namespace {

using Bytes = std::span<const std::byte>;

// About a second. Frames that all last equally long, one entry, come to 1.25e9 at the usual limit of 50000;
// where each has an entry of its own, this is reached at 2900 frames.
constexpr double most_steps = 4e9;

/// Calls `visit` with the content of each box named `name` that lies in `bytes`; ends where they are no
/// boxes.
template <typename Visit>
void each_box(Bytes bytes, std::string_view name, const Visit& visit) {
    for (auto box = first_box(bytes); box; box = first_box(bytes)) {
        if (std::ranges::equal(box->type, std::as_bytes(std::span(name)))) {
            visit(box->content);
        }
        bytes = bytes.subspan(box->bytes);
    }
}

/// Adds up the entries that libavif looks at for all frames of one track.
class StepCount {
  public:
    explicit StepCount(std::uint64_t frames)
        : frames_(frames) {}

    /// The content of an stts box: version and flags, the number of entries, and for each how many frames it
    /// holds for and how long they last.
    void add(Bytes table) {
        constexpr std::size_t entries_at = 8;
        constexpr std::size_t entry_bytes = 8;
        for (std::size_t at = entries_at; at + entry_bytes <= table.size(); at += entry_bytes) {
            ++entry_;
            take(big_endian(table.subspan(at, 4)));
        }
    }

    /// Frames beyond the table are looked for in all of it.
    [[nodiscard]] double total() {
        take(frames_);
        return steps_;
    }

  private:
    /// The next `count` frames are found at the present entry, each time that they are passed.
    void take(std::uint64_t count) {
        const std::uint64_t taken = std::min(count, frames_ - next_);
        const auto most_passes = static_cast<double>(frames_ - next_);
        const double mean_passes = most_passes - (static_cast<double>(taken) - 1) / 2;
        steps_ += static_cast<double>(entry_) * static_cast<double>(taken) * mean_passes;
        next_ += taken;
    }

    std::uint64_t frames_;
    std::uint64_t next_ = 0;
    std::uint64_t entry_ = 0;
    double steps_ = 0;
};

double steps_in_track(Bytes track, std::uint64_t frames) {
    StepCount steps(frames);
    each_box(track, "mdia", [&](Bytes media) {
        each_box(media, "minf", [&](Bytes information) {
            each_box(information, "stbl", [&](Bytes samples) {
                each_box(samples, "stts", [&](Bytes table) { steps.add(table); });
            });
        });
    });
    return steps.total();
}

} // namespace

void check_avif_timing(std::span<const std::byte> file, std::uint64_t frames) {
    each_box(file, "moov", [&](Bytes movie) {
        each_box(movie, "trak", [&](Bytes track) {
            if (steps_in_track(track, frames) > most_steps) {
                throw Error(
                    ErrorCode::limit_exceeded,
                    fmt::format(
                        "the AVIF file says of each of its {} frames how long it lasts; with that many, "
                        "finding it out would take too long",
                        frames));
            }
        });
    });
}

} // namespace kizuna::codec
