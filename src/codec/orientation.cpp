#include "codec/codec.hpp"
#include "codec/exif.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

namespace kizuna {
namespace {

// EXIF's orientations by what must be done to the stored picture so that it stands upright.
constexpr int upright = 1;
constexpr int mirrored = 2;

/// XMP may repeat the orientation, as an attribute or an element; both hold one digit.
void reset_xmp_orientation(std::vector<std::byte>& xmp) {
    constexpr std::array<std::string_view, 3> before_digit{
        "tiff:Orientation=\"", "tiff:Orientation='", "<tiff:Orientation>"};
    for (const std::string_view text : before_digit) {
        const auto wanted = std::as_bytes(std::span(text));
        const auto found = std::search(xmp.begin(), xmp.end(), wanted.begin(), wanted.end());
        if (xmp.end() - found > static_cast<std::ptrdiff_t>(text.size())) {
            std::byte& digit = *(found + static_cast<std::ptrdiff_t>(text.size()));
            if (digit >= std::byte{'2'} && digit <= std::byte{'8'}) {
                digit = std::byte{'1'};
            }
        }
    }
}

ImageInfo turned_info(ImageInfo info, int orientation) {
    if (codec::swaps_sides(orientation)) {
        std::swap(info.width, info.height);
        if (info.metadata.density) {
            std::swap(info.metadata.density->x_dpi, info.metadata.density->y_dpi);
        }
        codec::swap_exif_density(info.metadata.exif);
    }
    codec::set_exif_orientation(info.metadata.exif, upright);
    reset_xmp_orientation(info.metadata.xmp);
    return info;
}

void mirror(std::span<std::byte> row, std::size_t pixel_bytes) {
    for (std::size_t left = 0, right = row.size() - pixel_bytes; left < right;
         left += pixel_bytes, right -= pixel_bytes) {
        std::swap_ranges(
            row.begin() + static_cast<std::ptrdiff_t>(left),
            row.begin() + static_cast<std::ptrdiff_t>(left + pixel_bytes),
            row.begin() + static_cast<std::ptrdiff_t>(right));
    }
}

class MirroredRows final : public RowSource {
  public:
    explicit MirroredRows(std::unique_ptr<RowSource> source)
        : RowSource(turned_info(source->info(), mirrored))
        , source_(std::move(source)) {}

    void read_row(std::span<std::byte> row) override {
        source_->read_row(row);
        mirror(row, info_.format.bytes_per_pixel());
    }

  private:
    std::unique_ptr<RowSource> source_;
};

/// Rows of a picture whose order depends on rows still to come: all of it is read first.
class TurnedRows final : public RowSource {
  public:
    TurnedRows(std::unique_ptr<RowSource> source, int orientation)
        : RowSource(turned_info(source->info(), orientation))
        , source_(std::move(source))
        , orientation_(orientation) {}

    void read_row(std::span<std::byte> row) override {
        if (source_) {
            stored_ = read_image(*source_);
            source_.reset();
        }
        const std::uint32_t y = next_row_++;
        if (codec::swaps_sides(orientation_)) {
            copy_column(row, y);
        } else {
            copy_row(row, y);
        }
    }

  private:
    /// 3: turned by 180 degrees, 4: upside down.
    void copy_row(std::span<std::byte> row, std::uint32_t y) {
        std::memcpy(row.data(), stored_.row(stored_.height() - 1 - y).data(), row.size());
        if (orientation_ == 3) {
            mirror(row, info_.format.bytes_per_pixel());
        }
    }

    /// 5: transposed, 6: needs a quarter clockwise, 7: transposed along the other diagonal, 8: a quarter
    /// back.
    void copy_column(std::span<std::byte> row, std::uint32_t y) {
        const bool from_right = orientation_ == 7 || orientation_ == 8;
        const bool from_bottom = orientation_ == 6 || orientation_ == 7;
        const std::size_t pixel_bytes = info_.format.bytes_per_pixel();
        const std::size_t column = (from_right ? stored_.width() - 1 - y : y) * pixel_bytes;
        for (std::uint32_t x = 0; x < info_.width; ++x) {
            const std::uint32_t stored_y = from_bottom ? stored_.height() - 1 - x : x;
            std::memcpy(row.data() + x * pixel_bytes, stored_.row(stored_y).data() + column, pixel_bytes);
        }
    }

    std::unique_ptr<RowSource> source_;
    int orientation_;
    Image stored_;
    std::uint32_t next_row_ = 0;
};

} // namespace

std::unique_ptr<RowSource> apply_orientation(std::unique_ptr<RowSource> source) {
    const int orientation = codec::exif_orientation(source->info().metadata.exif);
    if (orientation == upright) {
        return source;
    }
    if (orientation == mirrored) {
        return std::make_unique<MirroredRows>(std::move(source));
    }
    return std::make_unique<TurnedRows>(std::move(source), orientation);
}

} // namespace kizuna
