#pragma once

#include "base/byte_stream.hpp"
#include "graph/network.hpp"
#include "image/rows.hpp"
#include "service/devices.hpp"
#include "service/picture_file.hpp"
#include "upscale/upscale.hpp"

#include "kizuna/model.hpp"
#include "kizuna/upscaler.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

namespace kizuna {

/// What goes with one picture. References are to live while it runs.
struct PictureRun {
    const UpscaleOptions& options;
    const ProgressCallback& progress;
    const CancelToken& cancel;
    const Urgency* urgency = nullptr;   ///< where pictures share the device
    TileMemory* memory = nullptr;       ///< where pictures follow each other that may be the same in places
    const TileLimits* limits = nullptr; ///< where pictures are to have the same tiles; else OpenUpscaler's
};

/// A network open on a device: what stands behind Upscaler, and what jobs share. Thread-safe.
class OpenUpscaler {
  public:
    /// Throws as Upscaler's constructor.
    OpenUpscaler(std::shared_ptr<const Network> network, const EngineOptions& options);

    [[nodiscard]] const Network& network() const noexcept { return *first_.network; }

    /// Of the network, with what opening it has told.
    [[nodiscard]] const ModelSpec& spec() const noexcept { return first_.spec; }

    [[nodiscard]] const std::string& provider() const noexcept { return first_.session.provider; }

    /// What was asked for, or where nothing was, what was found to be best on this device.
    [[nodiscard]] Precision precision() const noexcept { return options_.precision; }

    /// See Session: tiles that fade into each other make another picture where they are of another size.
    [[nodiscard]] std::int64_t best_tile_px() const { return first_.session.session->best_tile_px(); }

    /// What the device says of tiles at this moment.
    [[nodiscard]] TileLimits tile_limits() const { return limits_of(*first_.session.session); }

    [[nodiscard]] UpscalePlan plan(
        std::uint32_t width, std::uint32_t height, const UpscaleOptions& options,
        const TileLimits& limits) const;

    /// Throws as Upscaler::upscale.
    UpscaleReport to_image(std::unique_ptr<RowSource> source, Image& result, const PictureRun& run);

    /// Throws as Upscaler::upscale_bytes.
    UpscaleReport to_bytes(
        OpenedPicture source, const EncodeSettings& settings, std::vector<std::byte>& result,
        const PictureRun& run);

    /// Throws as Upscaler::upscale_file. Nothing is left under the output's name if it fails.
    UpscaleReport to_file(
        OpenedPicture source, const std::filesystem::path& output, const FileOptions& options,
        const PictureRun& run);

  private:
    /// A network with all that is known of it since it was opened.
    struct Opened {
        std::shared_ptr<const Network> network;
        OpenedSession session;
        ModelSpec spec;
        std::atomic<std::int64_t> tile_pixel_limit{std::numeric_limits<std::int64_t>::max()};
        std::unique_ptr<PooledNetwork> pooled; ///< for networks with global pools

        Opened(std::shared_ptr<const Network> given, const EngineOptions& options);

        [[nodiscard]] OpenNetwork shared(const Urgency* urgency) {
            return {spec, *session.session, tile_pixel_limit, pooled.get(), urgency};
        }
    };

    /// What runs after the first time, where a picture goes through more than once and that should not take
    /// noise away again; opened at its first use. nullptr: the same network.
    [[nodiscard]] Opened* later();

    /// Opens a picture's sink when its rows are known to be within the limits, and may put something around
    /// them. What encoding takes is to be added to `encode_seconds`.
    using SinkOpener =
        std::function<std::unique_ptr<RowSink>(std::unique_ptr<RowSource>& rows, double& encode_seconds)>;

    /// As an animation, where it is one and is to stay one.
    UpscaleReport to_stream(
        OpenedPicture source, OutputStream& out, ImageFormat format, const EncodeSettings& settings,
        const PictureRun& run);
    UpscaleReport to_animation(
        FrameSource& frames, OutputStream& out, ImageFormat format, const EncodeOptions& options,
        const PictureRun& run);
    [[nodiscard]] static SinkOpener into_image(Image& result, ImageFormat format, bool first);
    [[nodiscard]] static SinkOpener
    encoder_to(OutputStream& out, ImageFormat format, const EncodeOptions& options);
    UpscaleReport
    to_sink(std::unique_ptr<RowSource> source, const SinkOpener& open_sink, const PictureRun& run);
    UpscaleReport run_plan(
        const UpscalePlan& plan, std::unique_ptr<RowSource> source, const SinkOpener& open_sink,
        const PictureRun& run);
    void check_memory(const UpscalePlan& plan) const;

    EngineOptions options_; ///< with the provider and precision that were taken
    Opened first_;
    std::mutex mutex_;
    bool looked_for_later_ = false;
    std::unique_ptr<Opened> later_;
};

} // namespace kizuna
