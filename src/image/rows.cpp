#include "image/rows.hpp"

#include <algorithm>
#include <utility>

namespace kizuna {

namespace {

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

class ImageSink final : public RowSink {
  public:
    explicit ImageSink(Image& image)
        : image_(image) {}

    void write_row(std::span<const std::byte> row) override {
        std::copy(row.begin(), row.end(), image_.row(next_++).begin());
    }

    void finish() override {}

  private:
    Image& image_;
    std::uint32_t next_ = 0;
};

} // namespace

std::unique_ptr<RowSource> rows_of_borrowed(ImageView image) {
    return std::make_unique<BorrowedRows>(std::move(image));
}

std::unique_ptr<RowSink> image_sink(Image& image, const ImageInfo& info) {
    image = Image(info);
    return std::make_unique<ImageSink>(image);
}

Image read_image(RowSource& source) {
    Image image(source.info());
    for (std::uint32_t y = 0; y < image.height(); ++y) {
        source.read_row(image.row(y));
    }
    return image;
}

} // namespace kizuna
