#pragma once

#include "kizuna/image.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

// Pictures as rows, so that memory depends on a picture's width and not on its area. A RowSource is pulled
// from the top row to the bottom one, once. Decoders, colour conversion, the network, and resampling are all
// RowSources standing on one another; encoders are RowSinks.
namespace kizuna {

/// Gives the rows of a picture, top to bottom. Not thread-safe.
class RowSource {
  public:
    RowSource() = default;
    RowSource(const RowSource&) = delete;
    RowSource& operator=(const RowSource&) = delete;
    virtual ~RowSource() = default;

    [[nodiscard]] const ImageInfo& info() const noexcept { return info_; }

    /// The next row, `info().row_bytes()` bytes, interleaved, native byte order. Called at most `height`
    /// times.
    virtual void read_row(std::span<std::byte> row) = 0;

  protected:
    explicit RowSource(ImageInfo info)
        : info_(std::move(info)) {}

    ImageInfo info_;
};

/// Takes the rows of a picture, top to bottom. Not thread-safe.
class RowSink {
  public:
    RowSink() = default;
    RowSink(const RowSink&) = delete;
    RowSink& operator=(const RowSink&) = delete;
    virtual ~RowSink() = default;

    /// The next row: as many bytes as the ImageInfo it was opened with says. Called exactly `height` times.
    virtual void write_row(std::span<const std::byte> row) = 0;

    /// After the last row: writes what is left.
    virtual void finish() = 0;
};

/// Rows of a picture that the caller keeps.
[[nodiscard]] std::unique_ptr<RowSource> rows_of_borrowed(ImageView image);

/// Reads every row. Throws as Image's constructor, and whatever the source throws.
[[nodiscard]] Image read_image(RowSource& source);

/// Makes `image` a picture of this kind and puts rows into it.
[[nodiscard]] std::unique_ptr<RowSink> image_sink(Image& image, const ImageInfo& info);

/// Reinterprets a row of f32 samples. The span's size is a multiple of 4 and its data aligned (rows are
/// allocated by operator new).
[[nodiscard]] inline std::span<float> as_floats(std::span<std::byte> row) {
    return {reinterpret_cast<float*>(row.data()), row.size() / sizeof(float)};
}

[[nodiscard]] inline std::span<const float> as_floats(std::span<const std::byte> row) {
    return {reinterpret_cast<const float*>(row.data()), row.size() / sizeof(float)};
}

} // namespace kizuna
