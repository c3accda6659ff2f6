#include "codec/bmp_run_length.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <utility>

namespace kizuna::codec::bmp {

namespace {

std::uint32_t nibble(std::uint32_t value, std::uint32_t i) {
    return i % 2 == 0 ? value >> 4U : value & 15U;
}

void put(std::span<std::uint8_t> indices, std::uint64_t x, std::uint32_t value) {
    if (x < indices.size()) {
        indices[static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(value);
    }
}

} // namespace

void throw_cut_off() {
    throw Error(ErrorCode::corrupt, "the BMP file ends before the picture does");
}

RunLengthRows::RunLengthRows(
    std::vector<std::byte> data, bool four_bits, std::uint32_t width, std::uint32_t height)
    : data_(std::move(data))
    , four_bits_(four_bits)
    , width_(width)
    , height_(height)
    , rows_left_(height) {
    Cursor cursor;
    while (!cursor.end && cursor.y < height_) {
        row_starts_.push_back(cursor);
        cursor = walk_row(cursor, {});
    }
}

void RunLengthRows::read_row(std::span<std::uint8_t> indices) {
    std::ranges::fill(indices, std::uint8_t{0});
    --rows_left_;
    if (!row_starts_.empty() && row_starts_.back().y == rows_left_) {
        static_cast<void>(walk_row(row_starts_.back(), indices));
        row_starts_.pop_back();
    }
}

// Writes pixels until the cursor leaves its row; without `indices`, only walks.
RunLengthRows::Cursor RunLengthRows::walk_row(Cursor cursor, std::span<std::uint8_t> indices) const {
    const std::uint64_t row = cursor.y;
    while (cursor.y == row && !cursor.end) {
        const bool complete = row + 1 == height_ && cursor.x >= width_;
        if (complete && cursor.at == data_.size()) {
            cursor.end = true; // some writers leave out the last end-of-bitmap
            break;
        }
        const std::uint32_t count = next(cursor);
        const std::uint32_t value = next(cursor);
        for (std::uint32_t i = 0; i < count; ++i) {
            put(indices, cursor.x++, four_bits_ ? nibble(value, i) : value);
        }
        if (count == 0 && value > 2) {
            literal(cursor, value, indices);
        } else if (count == 0) {
            escape(cursor, value);
        }
    }
    return cursor;
}

// Pixels one by one, padded to 16 bits.
void RunLengthRows::literal(Cursor& cursor, std::uint32_t count, std::span<std::uint8_t> indices) const {
    std::uint32_t value = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (!four_bits_ || i % 2 == 0) {
            value = next(cursor);
        }
        put(indices, cursor.x++, four_bits_ ? nibble(value, i) : value);
    }
    const std::uint32_t bytes = four_bits_ ? (count + 1) / 2 : count;
    if (bytes % 2 != 0) {
        static_cast<void>(next(cursor));
    }
}

void RunLengthRows::escape(Cursor& cursor, std::uint32_t code) const {
    if (code == 0) { // end of line
        cursor.x = 0;
        ++cursor.y;
    } else if (code == 1) { // end of bitmap
        cursor.end = true;
    } else { // go right and up
        cursor.x += next(cursor);
        cursor.y += next(cursor);
    }
}

std::uint32_t RunLengthRows::next(Cursor& cursor) const {
    if (cursor.at >= data_.size()) {
        throw_cut_off();
    }
    return std::to_integer<std::uint32_t>(data_[cursor.at++]);
}

} // namespace kizuna::codec::bmp
