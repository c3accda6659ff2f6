#include "upscale/finite_rows.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace kizuna {

namespace {

class FiniteRows final : public RowSource {
  public:
    explicit FiniteRows(std::unique_ptr<RowSource> source)
        : RowSource(source->info())
        , source_(std::move(source)) {}

    void read_row(std::span<std::byte> row) override {
        source_->read_row(row);
        if (!std::ranges::all_of(as_floats(row), [](float value) { return std::isfinite(value); })) {
            throw Error(
                ErrorCode::corrupt,
                fmt::format(
                    "row {} of the picture has values that are infinite or no numbers; give them colours "
                    "first",
                    number_));
        }
        ++number_;
    }

  private:
    std::unique_ptr<RowSource> source_;
    std::uint32_t number_ = 0;
};

} // namespace

std::unique_ptr<RowSource> finite_rows(std::unique_ptr<RowSource> source) {
    return std::make_unique<FiniteRows>(std::move(source));
}

} // namespace kizuna
