#include "kizuna/video.hpp"

#include "api/model_info.hpp"
#include "api/network_digest.hpp"
#include "api/open_upscaler.hpp"
#include "service/cards.hpp"
#include "video/video.hpp"

#include "kizuna/version.hpp"

#include <fmt/format.h>

namespace kizuna {

struct VideoUpscaler::Impl final : video::FrameUpscaler {
    Impl(const Model& model, const EngineOptions& options)
        : open(model.network(), options) {}

    [[nodiscard]] TileLimits tile_limits() const override { return open.tile_limits(); }

    [[nodiscard]] UpscalePlan plan(
        std::uint32_t width, std::uint32_t height, const UpscaleOptions& options,
        const TileLimits& limits) const override {
        return open.plan(width, height, options, limits);
    }

    [[nodiscard]] Image upscale(
        const Image& picture, const UpscaleOptions& options, const TileLimits& limits, TileMemory& memory,
        Work& work, const CancelToken& cancel) override {
        Image result;
        const UpscaleReport report = open.to_image(
            rows_of_borrowed(picture), result,
            {options, {}, cancel, nullptr, has_small_tiles() ? &memory : nullptr, &limits});
        work.tiles = report.tiles;
        work.engine_seconds = report.engine_seconds;
        return result;
    }

    [[nodiscard]] std::string identity() const override {
        return fmt::format(
            "{} on {}, precision {}, kizuna {}", digest_of(open.network()), open.provider(),
            static_cast<int>(open.precision()), version());
    }

    [[nodiscard]] bool has_small_tiles() const override {
        const ModelSpec& spec = open.spec();
        return is_on_processor(open.provider()) && spec.receptive_field_px && spec.global_pools == 0 &&
               !spec.fixed_input;
    }

    OpenUpscaler open;
};

VideoUpscaler::VideoUpscaler(const Model& model, const EngineOptions& options)
    : impl_(std::make_unique<Impl>(model, options)) {}

VideoUpscaler::VideoUpscaler(VideoUpscaler&&) noexcept = default;
VideoUpscaler& VideoUpscaler::operator=(VideoUpscaler&&) noexcept = default;
VideoUpscaler::~VideoUpscaler() = default;

ModelInfo VideoUpscaler::model() const {
    return describe_model(impl_->open.network(), impl_->open.spec());
}

std::string VideoUpscaler::provider() const {
    return impl_->open.provider();
}

VideoReport VideoUpscaler::upscale(
    const std::filesystem::path& input, const std::filesystem::path& output, const VideoOptions& options,
    const VideoProgressCallback& progress, const CancelToken& cancel) const {
    return video::upscale_video(*impl_, input, output, {options, progress, cancel});
}

void VideoUpscaler::contact_sheet(
    const std::filesystem::path& input, const std::filesystem::path& output, const VideoOptions& options,
    const VideoProgressCallback& progress, const CancelToken& cancel) const {
    video::write_contact_sheet(*impl_, input, output, {options, progress, cancel});
}

} // namespace kizuna
