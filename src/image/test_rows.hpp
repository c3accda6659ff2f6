#pragma once

#include "image/rows.hpp"

#include <memory>
#include <utility>

// Pictures as rows, for tests.
namespace kizuna::test {

/// Rows that keep their picture.
[[nodiscard]] inline std::unique_ptr<RowSource> rows_of(Image image) {
    class KeptRows final : public RowSource {
      public:
        explicit KeptRows(Image kept)
            : RowSource(kept.info())
            , kept_(std::move(kept))
            , rows_(rows_of_borrowed(kept_)) {}

        void read_row(std::span<std::byte> row) override { rows_->read_row(row); }

      private:
        Image kept_;
        std::unique_ptr<RowSource> rows_;
    };

    return std::make_unique<KeptRows>(std::move(image));
}

} // namespace kizuna::test
