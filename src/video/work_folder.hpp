#pragma once

#include "upscale/upscale_plan.hpp"
#include "video/segment_file.hpp"

#include <cstdint>
#include <filesystem>
#include <map>

#include <nlohmann/json.hpp>

// Where a video's work is kept while it is under way, so that it goes on after whatever ends the process: a
// folder beside the output, with a journal that says what it is the work of, and segments (docs/video.md).
namespace kizuna::video {

using Json = nlohmann::ordered_json;

/// By which a file is known again: its size, and a hash of parts of it from beginning to end. Throws
/// Error{io}.
[[nodiscard]] Json identity_of_file(const std::filesystem::path& path);

/// By number. Whatever numbers the files in the folder bear, it is as large as there are files.
using Segments = std::map<std::uint64_t, Segment>;

[[nodiscard]] std::uint64_t frames_in(const Segments& segments);

/// One process at a time; the system gives it back when that ends.
class WorkFolder {
  public:
    /// `work` says all that the result depends on, and the same command gives again. What it depends on
    /// besides is the machine's state, so it stays as it was when the work was begun: encoder_threads(),
    /// tile_limits(). What is kept of the same work is there then. Throws Error{already_exists} where the
    /// folder holds other work, unless that is to be thrown away (`restart`), and Error{io}, also where
    /// another process is at work in it.
    WorkFolder(
        const std::filesystem::path& output, const Json& work, bool restart,
        const TileLimits& tile_limits = {});
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;
    ~WorkFolder();

    [[nodiscard]] const std::filesystem::path& path() const { return folder_; }

    /// Whether it held this work already.
    [[nodiscard]] bool is_continued() const { return is_continued_; }

    /// With which the work was begun: encoders give other bytes with another number.
    [[nodiscard]] int encoder_threads() const { return encoder_threads_; }

    /// With which the work was begun: tiles that fade into each other give another picture in other places.
    [[nodiscard]] const TileLimits& tile_limits() const { return tile_limits_; }

    [[nodiscard]] std::filesystem::path segment_path(std::uint64_t number) const;

    /// All that is whole. What is not is deleted.
    [[nodiscard]] Segments segments() const;

    /// Says that the output is about to appear with this size, and whether it has.
    void announce(std::uint64_t output_bytes) const;
    [[nodiscard]] bool has_appeared() const;

    /// The work is done.
    void remove();

  private:
    void lock();
    [[nodiscard]] bool adopt(const Json& work);
    void begin(const Json& work);
    void write(const char* name, const Json& content) const;

    std::filesystem::path output_;
    std::filesystem::path folder_;
    int lock_ = -1;
    bool is_continued_ = false;
    int encoder_threads_ = 1;
    TileLimits tile_limits_;
};

} // namespace kizuna::video
