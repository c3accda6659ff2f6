#include "image/rows.hpp"

#include <algorithm>
#include <utility>

namespace kizuna {

namespace {

class OwnedRows final : public RowSource {
  public:
    explicit OwnedRows(Image image)
        : RowSource(image.info())
        , image_(std::move(image)) {}

    void read_row(std::span<std::byte> row) override {
        const auto from = image_.row(next_++);
        std::copy(from.begin(), from.end(), row.begin());
    }

  private:
    Image image_;
    std::uint32_t next_ = 0;
};

class BorrowedRows final : public RowSource {
  public:
    explicit BorrowedRows(ImageView image)
        : RowSource(image.info())
        , image_(std::move(image)) {}

    void read_row(std::span<std::byte> row) override {
        const auto from = image_.row(next_++);
        std::copy(from.begin(), from.end(), row.begin());
    }

  private:
    ImageView image_;
    std::uint32_t next_ = 0;
};

} // namespace

std::unique_ptr<RowSource> rows_of(Image image) {
    return std::make_unique<OwnedRows>(std::move(image));
}

std::unique_ptr<RowSource> rows_of_borrowed(ImageView image) {
    return std::make_unique<BorrowedRows>(std::move(image));
}

Image read_image(RowSource& source) {
    Image image(source.info());
    for (std::uint32_t y = 0; y < image.height(); ++y) {
        source.read_row(image.row(y));
    }
    return image;
}

} // namespace kizuna
