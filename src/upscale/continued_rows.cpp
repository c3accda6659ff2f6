#include "upscale/continued_rows.hpp"

#include "base/checked.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace kizuna {

namespace {

std::uint32_t longer(std::uint32_t side, int before, int after) {
    return checked_cast<std::uint32_t>(std::int64_t{side} + before + after, "a picture's side");
}

ImageInfo enlarged(ImageInfo info, const Sides& beyond) {
    info.width = longer(info.width, beyond.left, beyond.right);
    info.height = longer(info.height, beyond.top, beyond.bottom);
    return info;
}

class ContinuedRows final : public RowSource {
  public:
    ContinuedRows(std::unique_ptr<RowSource> source, const Sides& beyond, BorderFill fill)
        : RowSource(enlarged(source->info(), beyond))
        , source_(std::move(source))
        , beyond_(beyond)
        , fill_(fill)
        , next_(-beyond.top)
        , kept_(std::min<std::size_t>(
              source_->info().height, static_cast<std::size_t>(std::max(beyond.top, beyond.bottom)) + 1)) {}

    void read_row(std::span<std::byte> row) override {
        const std::int64_t y = continued_position(next_++, source_->info().height, fill_);
        while (pulled_ <= y) {
            std::vector<std::byte>& place = kept_row(pulled_++);
            place.resize(info_.row_bytes());
            pull(place);
        }
        std::copy_n(kept_row(y).begin(), row.size(), row.begin());
    }

  private:
    // Rows that come from above the picture or from below it lie no further from its border than these do.
    std::vector<std::byte>& kept_row(std::int64_t y) {
        return kept_[static_cast<std::size_t>(y) % kept_.size()];
    }

    void pull(std::vector<std::byte>& row) {
        const auto pixel = static_cast<std::int64_t>(info_.format.bytes_per_pixel());
        const std::int64_t width = source_->info().width;
        const auto begin = row.begin() + beyond_.left * pixel;
        source_->read_row({begin, source_->info().row_bytes()});
        const auto fill = [&](std::int64_t from, std::int64_t to) {
            for (std::int64_t x = from; x < to; ++x) {
                std::copy_n(begin + continued_position(x, width, fill_) * pixel, pixel, begin + x * pixel);
            }
        };
        fill(-beyond_.left, 0);
        fill(width, width + beyond_.right);
    }

    std::unique_ptr<RowSource> source_;
    Sides beyond_;
    BorderFill fill_;
    std::int64_t next_;
    std::int64_t pulled_ = 0;
    std::vector<std::vector<std::byte>> kept_;
};

} // namespace

std::int64_t continued_position(std::int64_t position, std::int64_t length, BorderFill fill) {
    if (fill == BorderFill::repeat || length == 1) {
        return std::clamp<std::int64_t>(position, 0, length - 1);
    }
    const std::int64_t there_and_back = 2 * (length - 1);
    const std::int64_t step = (position % there_and_back + there_and_back) % there_and_back;
    return step < length ? step : there_and_back - step;
}

std::unique_ptr<RowSource>
continued(std::unique_ptr<RowSource> source, const Sides& beyond, BorderFill fill) {
    if (beyond == Sides{}) {
        return source;
    }
    return std::make_unique<ContinuedRows>(std::move(source), beyond, fill);
}

} // namespace kizuna
