#pragma once

#include "kizuna/cancel.hpp"
#include "kizuna/device.hpp"
#include "kizuna/export.hpp"
#include "kizuna/image.hpp"
#include "kizuna/image_file.hpp"
#include "kizuna/model.hpp"
#include "kizuna/progress.hpp"
#include "kizuna/upscale_options.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace kizuna {

/// How a result is written.
struct FileOptions {
    EncodeSettings encode;
    bool overwrite = false; ///< else an existing output is Error{already_exists}
};

/// What was done, for reports.
struct UpscaleReport {
    std::uint32_t input_width = 0;
    std::uint32_t input_height = 0;
    std::uint32_t output_width = 0;
    std::uint32_t output_height = 0;
    std::uint64_t frames = 1;          ///< of an animation, else 1
    std::uint64_t repeated_frames = 0; ///< that were the same as one before and taken from there
    std::uint64_t tiles = 0;           ///< runs of the network
    /// Times that a tile was computed again because the device failed or its result could not be right. The
    /// log says more.
    std::uint64_t repeated_tiles = 0;
    double seconds = 0;        ///< the whole
    double decode_seconds = 0; ///< the parts; tiling, colour and resampling are the rest
    double engine_seconds = 0;
    double encode_seconds = 0; ///< partly at the same time as the others: the parts may exceed the whole
};

/// A network opened on a device, ready for pictures. Opening is the slow part; keep it. Any number of threads
/// may call the same object at once, each gets the bytes it would get alone. Move-only.
class KIZUNA_API Upscaler {
  public:
    /// Throws Error{device_unavailable} listing what is available, {invalid_argument} for an unknown provider
    /// or a negative device or thread count, {unsupported}, {bad_network}.
    explicit Upscaler(const Model& model, const EngineOptions& options = {});
    Upscaler(Upscaler&&) noexcept;
    Upscaler& operator=(Upscaler&&) noexcept;
    ~Upscaler();

    /// Of the network, with what opening it has told (its scale).
    [[nodiscard]] ModelInfo model() const;
    /// The provider that was taken.
    [[nodiscard]] std::string provider() const;

    /// A picture in memory. The result has the input's channels, sample type and metadata. The EXIF
    /// orientation is applied and reset. Throws Error{invalid_argument} for options out of range,
    /// {limit_exceeded}, {out_of_memory} when even the smallest tile does not fit, {bad_network},
    /// {engine_failed}, {cancelled}.
    [[nodiscard]] Image upscale(
        const ImageView& image, const UpscaleOptions& options = {}, const ProgressCallback& progress = {},
        const CancelToken& cancel = {}) const;

    /// From file to file, row by row where the formats allow it: memory depends on the width. An animation
    /// stays one where the output's format can hold it; two or three of its frames are in memory at a time.
    /// Nothing is left under the output's name if it fails. Also throws Error{not_found}, {io}, {corrupt},
    /// {unsupported}, {already_exists}.
    // NOLINTNEXTLINE(modernize-use-nodiscard): the report is news, not the result
    UpscaleReport upscale_file(
        const std::filesystem::path& input, const std::filesystem::path& output,
        const UpscaleOptions& options = {}, const FileOptions& file_options = {},
        const ProgressCallback& progress = {}, const CancelToken& cancel = {}) const;

    /// From an encoded picture to an encoded picture. The format is the input's unless `encode` says
    /// otherwise.
    [[nodiscard]] std::vector<std::byte> upscale_bytes(
        std::span<const std::byte> encoded, const UpscaleOptions& options = {},
        const EncodeSettings& encode = {}, const ProgressCallback& progress = {},
        const CancelToken& cancel = {}) const;

    /// Where the tiles of a picture of this size would be. Throws as upscale.
    [[nodiscard]] std::vector<TilePlacement>
    plan_tiles(std::uint32_t width, std::uint32_t height, const UpscaleOptions& options = {}) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace kizuna
