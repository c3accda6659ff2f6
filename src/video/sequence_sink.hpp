#pragma once

#include "video/frame_sink.hpp"
#include "video/work_folder.hpp"

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

namespace kizuna::video {

/// Names of pictures that are counted from 1: "frames/%06d.png".
class SequenceName {
  public:
    /// Nothing where the name has no number in it. Throws Error{invalid_argument} where it has several, or
    /// the folder's name has one.
    [[nodiscard]] static std::optional<SequenceName> parse(const std::filesystem::path& path);

    /// Of the frame with this number, counted from 0.
    [[nodiscard]] std::filesystem::path name(std::uint64_t frame) const;

  private:
    std::filesystem::path folder_;
    std::string before_;
    std::string after_;
    int digits_ = 0;
};

/// Writes each frame as a picture. Groups that are complete are noted in the work folder as segments without
/// packets.
class SequenceSink final : public FrameSink {
  public:
    /// Throws Error{already_exists} where the first picture exists, unless it is of this work.
    SequenceSink(WorkFolder& folder, SequenceName name, int group_frames, bool overwrite);

    [[nodiscard]] bool has_group(std::uint64_t group) const override;
    [[nodiscard]] std::uint64_t kept_frames() const override;
    void write(const ResultFrame& frame) override;
    void finish(std::uint64_t frames) override;

    [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }

  private:
    [[nodiscard]] bool is_whole(std::uint64_t group, const Segment& kept) const;
    void end_group();

    WorkFolder& folder_;
    SequenceName name_;
    std::uint64_t group_frames_;
    Segments kept_;
    std::optional<std::uint64_t> current_;
    std::uint32_t frames_in_current_ = 0;
    std::shared_ptr<const Image> last_;
    std::vector<std::byte> encoded_; ///< of the last
    std::atomic<std::uint64_t> bytes_ = 0;
};

} // namespace kizuna::video
