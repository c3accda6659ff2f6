#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kizuna::codec::bmp {

[[noreturn]] void throw_cut_off();

/// The run-length data of 4 and 8 bit bitmaps, row by row although rows have no fixed length: a first look
/// notes where each begins. Memory depends on the data alone, whatever size the header claims.
class RunLengthRows {
  public:
    /// Throws Error{corrupt} where the data end before the picture does.
    RunLengthRows(std::vector<std::byte> data, bool four_bits, std::uint32_t width, std::uint32_t height);

    /// Palette indices of the next row from the top, the last one in the data. Pixels that the data skip are
    /// 0.
    void read_row(std::span<std::uint8_t> indices);

  private:
    struct Cursor {
        std::size_t at = 0; ///< in the data
        std::uint64_t x = 0;
        std::uint64_t y = 0; ///< from the bottom
        bool end = false;
    };

    [[nodiscard]] Cursor walk_row(Cursor cursor, std::span<std::uint8_t> indices) const;
    void literal(Cursor& cursor, std::uint32_t count, std::span<std::uint8_t> indices) const;
    void escape(Cursor& cursor, std::uint32_t code) const;
    std::uint32_t next(Cursor& cursor) const;

    std::vector<std::byte> data_;
    bool four_bits_;
    std::uint64_t width_;
    std::uint64_t height_;
    std::uint64_t rows_left_;
    std::vector<Cursor> row_starts_; ///< from the bottom up; rows without data have none
};

} // namespace kizuna::codec::bmp
