#pragma once

#include "kizuna/cancel.hpp"
#include "kizuna/device.hpp"
#include "kizuna/export.hpp"
#include "kizuna/model.hpp"
#include "kizuna/video_options.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace kizuna {

/// A network opened on a device, ready for videos. FFmpeg's libraries are opened at the first call, and what
/// they log goes to the log callback from then on (av_log_set_callback is the process's). May be used by one
/// thread at a time. Move-only.
class KIZUNA_API VideoUpscaler {
  public:
    /// Throws as Upscaler's constructor.
    explicit VideoUpscaler(const Model& model, const EngineOptions& options = {});
    VideoUpscaler(VideoUpscaler&&) noexcept;
    VideoUpscaler& operator=(VideoUpscaler&&) noexcept;
    ~VideoUpscaler();

    /// Of the network, with what opening it has told.
    [[nodiscard]] ModelInfo model() const;
    /// The provider that was taken.
    [[nodiscard]] std::string provider() const;

    /// From file to file. `output` ends in .mkv, .mp4, .m4v, .mov, .webm or .nut, with all other streams of
    /// the input copied; or is the name of a sequence of pictures, like "frames/%06d.png"; or "-": standard
    /// output, raw. What is done is kept in a folder beside the output (its name with ".kizuna") until all
    /// is: whatever ends the process, the same call goes on from there, and the result has the same bytes as
    /// if nothing had happened. The output appears when it is complete.
    ///
    /// Throws Error{cancelled}, saying how to go on, {not_found}, {already_exists} (the output, or the folder
    /// with another call's work), {invalid_argument}, {unsupported} (no FFmpeg; an encoder, container or
    /// stream), {corrupt}, {io}, and what Upscaler::upscale throws.
    // NOLINTNEXTLINE(modernize-use-nodiscard): the report is news, not the result
    VideoReport upscale(
        const std::filesystem::path& input, const std::filesystem::path& output,
        const VideoOptions& options = {}, const VideoProgressCallback& progress = {},
        const CancelToken& cancel = {}) const;

    /// Twelve pictures from all over the video, upscaled, on one picture. With `options.compare`, each beside
    /// what it was. Replaces an existing file only with `options.overwrite`. Throws as upscale.
    void contact_sheet(
        const std::filesystem::path& input, const std::filesystem::path& output,
        const VideoOptions& options = {}, const VideoProgressCallback& progress = {},
        const CancelToken& cancel = {}) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace kizuna
