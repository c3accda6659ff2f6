#include "kizuna/upscaler.hpp"

#include "api/model_info.hpp"
#include "api/open_upscaler.hpp"
#include "base/stopwatch.hpp"

#include "kizuna/error.hpp"

#include <utility>

namespace kizuna {

struct Upscaler::Impl : OpenUpscaler {
    using OpenUpscaler::OpenUpscaler;
};

Upscaler::Upscaler(const Model& model, const EngineOptions& options)
    : impl_(std::make_unique<Impl>(model.network(), options)) {}

Upscaler::Upscaler(Upscaler&&) noexcept = default;
Upscaler& Upscaler::operator=(Upscaler&&) noexcept = default;
Upscaler::~Upscaler() = default;

ModelInfo Upscaler::model() const {
    return describe_model(impl_->network(), impl_->spec());
}

std::string Upscaler::provider() const {
    return impl_->provider();
}

Image Upscaler::upscale(
    const ImageView& image, const UpscaleOptions& options, const ProgressCallback& progress,
    const CancelToken& cancel) const {
    Image result;
    impl_->to_image(apply_orientation(rows_of_borrowed(image)), result, {options, progress, cancel});
    return result;
}

UpscaleReport Upscaler::upscale_file(
    const std::filesystem::path& input, const std::filesystem::path& output, const UpscaleOptions& options,
    const FileOptions& file_options, const ProgressCallback& progress, const CancelToken& cancel) const {
    try {
        const Stopwatch watch;
        auto picture = open_picture(open_file(input), options.max_pixels);
        const double opening = watch.seconds();
        UpscaleReport report =
            impl_->to_file(std::move(picture), output, file_options, {options, progress, cancel});
        report.decode_seconds += opening;
        report.seconds = watch.seconds();
        return report;
    } catch (const Error& error) {
        throw naming(error, input);
    }
}

std::vector<std::byte> Upscaler::upscale_bytes(
    std::span<const std::byte> encoded, const UpscaleOptions& options, const EncodeSettings& encode,
    const ProgressCallback& progress, const CancelToken& cancel) const {
    std::vector<std::byte> result;
    impl_->to_bytes(
        open_picture(open_memory(encoded), options.max_pixels), encode, result, {options, progress, cancel});
    return result;
}

std::vector<TilePlacement>
Upscaler::plan_tiles(std::uint32_t width, std::uint32_t height, const UpscaleOptions& options) const {
    const UpscalePlan plan = impl_->plan(width, height, options, impl_->tile_limits());
    const int scale = impl_->spec().scale;
    std::vector<TilePlacement> placements;
    for (std::size_t pass = 0; pass < plan.passes.size(); ++pass) {
        for (const AxisTile& row : plan.passes[pass].rows) {
            for (const AxisTile& column : plan.passes[pass].columns) {
                placements.push_back(
                    {static_cast<int>(pass), column.read_begin, row.read_begin, column.read_length(),
                     row.read_length(), column.keep_begin * scale, row.keep_begin * scale,
                     column.keep_length() * scale, row.keep_length() * scale});
            }
        }
    }
    return placements;
}

} // namespace kizuna
