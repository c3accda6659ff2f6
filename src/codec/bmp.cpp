#include "base/checked.hpp"
#include "codec/bmp_format.hpp"
#include "codec/bmp_run_length.hpp"
#include "codec/codecs.hpp"
#include "codec/grey_palette.hpp"
#include "codec/whole_picture.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

// Reading Windows and OS/2 bitmaps. No library: the format is as simple as its pixels.
namespace kizuna::codec {

namespace {

using namespace bmp;

void read_exactly(InputStream& in, std::span<std::byte> into) {
    if (in.read(into) != into.size()) {
        bmp::throw_cut_off();
    }
}

/// A header's little-endian fields. What lies beyond a short header's end reads as 0, which every field takes
/// for "not given".
class Fields {
  public:
    explicit Fields(std::span<const std::byte> bytes)
        : bytes_(bytes) {}

    [[nodiscard]] std::uint32_t u8(std::size_t at) const {
        return at < bytes_.size() ? std::to_integer<std::uint32_t>(bytes_[at]) : 0;
    }

    [[nodiscard]] std::uint32_t u16(std::size_t at) const { return u8(at) | u8(at + 1) << 8U; }

    [[nodiscard]] std::uint32_t u32(std::size_t at) const { return u16(at) | u16(at + 2) << 16U; }

    [[nodiscard]] std::int32_t i32(std::size_t at) const { return std::bit_cast<std::int32_t>(u32(at)); }

  private:
    std::span<const std::byte> bytes_;
};

/// One channel of a pixel of 16 or 32 bits, widened to 8 bits.
class Channel {
  public:
    Channel() = default;

    explicit Channel(std::uint32_t mask)
        : mask_(mask)
        , shift_(mask == 0 ? 0 : std::countr_zero(mask))
        , max_(mask >> static_cast<unsigned>(shift_)) {}

    [[nodiscard]] bool present() const noexcept { return mask_ != 0; }

    [[nodiscard]] std::byte of(std::uint32_t pixel) const noexcept {
        if (mask_ == 0) {
            return std::byte{0};
        }
        const std::uint64_t value = (pixel & mask_) >> static_cast<unsigned>(shift_);
        return static_cast<std::byte>((value * 255U + max_ / 2U) / max_);
    }

  private:
    std::uint32_t mask_ = 0;
    int shift_ = 0;
    std::uint32_t max_ = 1;
};

struct Header {
    std::uint32_t header_bytes = 0;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    bool top_down = false;
    std::uint32_t bits = 0; ///< per pixel
    std::uint32_t compression = plain;
    std::uint32_t palette_size = 0;
    std::uint32_t pixel_offset = 0;
    std::array<Channel, 4> channels; ///< red, green, blue, alpha
    std::optional<Density> density;
    std::uint32_t profile_offset = 0;
    std::uint32_t profile_bytes = 0;

    [[nodiscard]] bool has_palette() const noexcept { return bits <= 8; }

    [[nodiscard]] bool is_rle() const noexcept { return compression == rle8 || compression == rle4; }

    [[nodiscard]] std::uint64_t row_bytes() const noexcept {
        return (std::uint64_t{width} * bits + 31U) / 32U * 4U;
    }
};

void check_header_size(std::uint32_t bytes) {
    constexpr std::array other_headers{core_header, 16U,        info_header, 52U,
                                       v3_header,   os2_header, v4_header,   v5_header};
    if (std::ranges::find(other_headers, bytes) == other_headers.end()) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format("the BMP file has a header of {} bytes, which no version has", bytes));
    }
}

void check_bits(const Header& header) {
    constexpr std::array known{1U, 2U, 4U, 8U, 16U, 24U, 32U};
    if (header.compression == jpeg_inside || header.compression == png_inside ||
        (header.header_bytes == os2_header && header.compression > rle4)) {
        throw Error(
            ErrorCode::unsupported,
            "BMP files that hold JPEG, PNG, Huffman or 24-bit run-length data are not read");
    }
    const bool masks = header.compression == bitfields || header.compression == alpha_bitfields;
    if (header.compression > alpha_bitfields || std::ranges::find(known, header.bits) == known.end() ||
        (header.compression == rle8 && header.bits != 8) ||
        (header.compression == rle4 && header.bits != 4) ||
        (masks && header.bits != 16 && header.bits != 32) || (header.is_rle() && header.top_down)) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format(
                "the BMP file claims {} bits per pixel with compression {}, which is not defined",
                header.bits, header.compression));
    }
}

void parse_sides(Header& header, const Fields& dib) {
    if (header.header_bytes == core_header) {
        header.width = dib.u16(4);
        header.height = dib.u16(6);
        header.bits = dib.u16(10);
        return;
    }
    const std::int64_t width = dib.i32(4);
    const std::int64_t height = dib.i32(8);
    if (width < 0) {
        throw Error(ErrorCode::corrupt, "the BMP file's width is negative");
    }
    header.top_down = height < 0;
    header.width = static_cast<std::uint32_t>(width);
    header.height = static_cast<std::uint32_t>(std::abs(height));
    header.bits = dib.u16(14);
    header.compression = dib.u32(16);
}

// Masks stand in the header, or right behind one of 40 bytes, where `dib` goes on.
void parse_channels(Header& header, const Fields& dib) {
    if (header.compression == bitfields || header.compression == alpha_bitfields) {
        for (std::size_t i = 0; i < 3; ++i) {
            header.channels[i] = Channel(dib.u32(info_header + 4 * i));
        }
        if (header.header_bytes >= v3_header || header.compression == alpha_bitfields) {
            header.channels[3] = Channel(dib.u32(info_header + 12));
        }
    } else if (header.bits == 16) {
        header.channels = {Channel(0x7C00), Channel(0x03E0), Channel(0x001F), Channel()};
    } else {
        // The fourth byte of 32 bits is padding; some writers leave rubbish in it, so it never means alpha by
        // itself.
        header.channels = {Channel(0xFF0000), Channel(0x00FF00), Channel(0x0000FF), Channel()};
    }
}

void parse_rest(Header& header, const Fields& dib) {
    if (header.has_palette()) {
        const std::uint32_t most = 1U << header.bits;
        const std::uint32_t used = header.header_bytes == core_header ? 0 : dib.u32(32);
        header.palette_size = used == 0 ? most : std::min(used, most);
    }
    if (header.header_bytes >= info_header && dib.i32(24) > 0 && dib.i32(28) > 0) {
        header.density =
            Density{.x_dpi = dib.i32(24) / inches_per_metre, .y_dpi = dib.i32(28) / inches_per_metre};
    }
    if (header.header_bytes == v5_header && dib.u32(56) == embedded_profile) {
        header.profile_offset = dib.u32(112);
        header.profile_bytes = dib.u32(116);
    }
}

/// Leaves the stream behind the header and masks, where the palette begins.
Header read_header(InputStream& in) {
    std::array<std::byte, file_header_bytes + 4> file_header{};
    read_exactly(in, file_header);
    Header header;
    header.pixel_offset = Fields(file_header).u32(10);
    header.header_bytes = Fields(file_header).u32(14);
    check_header_size(header.header_bytes);

    std::array<std::byte, v5_header> bytes{};
    const std::span dib_bytes(bytes);
    read_exactly(in, dib_bytes.subspan(4, header.header_bytes - 4));
    const Fields dib(dib_bytes);
    parse_sides(header, dib);
    check_bits(header);
    if (header.header_bytes == info_header && header.compression >= bitfields) {
        read_exactly(in, dib_bytes.subspan(info_header, header.compression == bitfields ? 12 : 16));
    }
    parse_channels(header, dib);
    parse_rest(header, dib);
    return header;
}

using Colour = std::array<std::byte, 3>;

/// 256 colours whatever the file holds: an index beyond its palette is black.
std::array<Colour, 256> read_palette(InputStream& in, const Header& header) {
    std::array<Colour, 256> palette{};
    const std::size_t entry_bytes = header.header_bytes == core_header ? 3 : 4;
    // Some writers give fewer colours than the pixels' bits allow and begin the pixels right behind them.
    const std::uint64_t room = header.pixel_offset > in.position() ? header.pixel_offset - in.position() : 0;
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(header.palette_size, room / entry_bytes));
    std::vector<std::byte> bytes(size * entry_bytes);
    read_exactly(in, bytes);
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t at = i * entry_bytes;
        palette[i] = {bytes[at + 2], bytes[at + 1], bytes[at]};
    }
    return palette;
}

/// Before memory is taken for them: a header alone would ask for gigabytes. Run-length data may be short.
void check_pixels_are_there(const InputStream& in, const Header& header) {
    const std::uint64_t there = in.size() - std::min<std::uint64_t>(in.size(), header.pixel_offset);
    if (!header.is_rle() && checked_mul(header.row_bytes(), header.height) > there) {
        bmp::throw_cut_off();
    }
}

std::vector<std::byte> read_profile(InputStream& in, const Header& header, const DecodeLimits& limits) {
    const std::uint64_t begin = file_header_bytes + std::uint64_t{header.profile_offset};
    if (header.profile_bytes > limits.max_metadata_bytes) {
        throw Error(
            ErrorCode::limit_exceeded, fmt::format(
                                           "the BMP file's ICC profile has {} bytes; {} are allowed",
                                           header.profile_bytes, limits.max_metadata_bytes));
    }
    if (begin + header.profile_bytes > in.size()) {
        bmp::throw_cut_off();
    }
    std::vector<std::byte> profile(header.profile_bytes);
    in.seek(begin);
    read_exactly(in, profile);
    return profile;
}

class BmpDecoder final : public Decoder {
  public:
    BmpDecoder(std::unique_ptr<InputStream> in, const DecodeLimits& limits)
        : Decoder(ImageFormat::bmp)
        , in_(std::move(in))
        , header_(read_header(*in_)) {
        check_dimensions(header_.width, header_.height, limits);
        check_pixels_are_there(*in_, header_);
        if (header_.has_palette()) {
            palette_ = read_palette(*in_, header_);
        }
        info_.width = header_.width;
        info_.height = header_.height;
        info_.metadata.density = header_.density;
        if (header_.profile_bytes > 0) {
            info_.metadata.icc = read_profile(*in_, header_, limits);
        }
        info_.format = {.channels = count_channels(), .sample = SampleType::u8};
    }

    void read_row(std::span<std::byte> row) override {
        if (header_.is_rle()) {
            read_run_length(row);
            return;
        }
        const std::uint64_t stored = header_.top_down ? next_row_ : header_.height - 1 - next_row_;
        ++next_row_;
        stored_row_.resize(checked_cast<std::size_t>(header_.row_bytes()));
        in_->seek(header_.pixel_offset + stored * header_.row_bytes());
        read_exactly(*in_, stored_row_);
        if (header_.has_palette()) {
            expand_palette(row);
        } else if (header_.bits == 24) {
            swap_channels(row);
        } else {
            expand_masks(row);
        }
    }

  private:
    [[nodiscard]] std::uint8_t count_channels() const {
        if (header_.has_palette()) {
            return reads_as_grey(palette_, info_.metadata.icc) ? 1 : 3;
        }
        return header_.channels[3].present() ? 4 : 3;
    }

    /// Pixel `x` of a row, of a colour of the palette.
    void put_colour(std::span<std::byte> row, std::size_t x, std::uint32_t index) const {
        const std::size_t channels = info_.format.channels;
        std::copy_n(palette_[index].begin(), channels, row.subspan(channels * x).begin());
    }

    void read_run_length(std::span<std::byte> row) {
        if (!run_length_) {
            in_->seek(header_.pixel_offset);
            run_length_.emplace(
                read_whole_file(*in_), header_.compression == rle4, header_.width, header_.height);
            indices_.resize(header_.width);
        }
        run_length_->read_row(indices_);
        for (std::size_t x = 0; x < indices_.size(); ++x) {
            put_colour(row, x, indices_[x]);
        }
    }

    void expand_palette(std::span<std::byte> row) const {
        const std::uint32_t mask = (1U << header_.bits) - 1;
        for (std::size_t x = 0; x < header_.width; ++x) {
            const std::size_t bit = x * header_.bits;
            const auto shift = static_cast<unsigned>(8 - header_.bits - bit % 8);
            const std::uint32_t index = std::to_integer<std::uint32_t>(stored_row_[bit / 8]) >> shift & mask;
            put_colour(row, x, index);
        }
    }

    void swap_channels(std::span<std::byte> row) const {
        for (std::size_t at = 0; at < row.size(); at += 3) {
            row[at] = stored_row_[at + 2];
            row[at + 1] = stored_row_[at + 1];
            row[at + 2] = stored_row_[at];
        }
    }

    void expand_masks(std::span<std::byte> row) const {
        const Fields stored(stored_row_);
        const std::size_t channels = info_.format.channels;
        for (std::size_t x = 0; x < header_.width; ++x) {
            const std::uint32_t pixel = header_.bits == 16 ? stored.u16(2 * x) : stored.u32(4 * x);
            for (std::size_t c = 0; c < channels; ++c) {
                row[x * channels + c] = header_.channels[c].of(pixel);
            }
        }
    }

    std::unique_ptr<InputStream> in_;
    Header header_;
    std::array<Colour, 256> palette_{};
    std::vector<std::byte> stored_row_;
    std::optional<bmp::RunLengthRows> run_length_;
    std::vector<std::uint8_t> indices_;
    std::uint32_t next_row_ = 0;
};

} // namespace

std::unique_ptr<Decoder> open_bmp(std::unique_ptr<InputStream> in, const DecodeLimits& limits) {
    return std::make_unique<BmpDecoder>(std::move(in), limits);
}

} // namespace kizuna::codec
