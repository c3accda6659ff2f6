#pragma once

#include "codec/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// For the formats whose libraries take and give a picture in one piece, and want the whole file in memory:
// WebP, AVIF, JPEG XL, GIF. What they have in common lives here; no library is named.
namespace kizuna::codec {

/// Decodes everything when the first row is asked for.
class WholeDecoder : public Decoder {
  public:
    void read_row(std::span<std::byte> row) final;

  protected:
    using Decoder::Decoder;

    /// Fills a zeroed picture of info_'s size and format. Called once; what it needed may be dropped in it.
    virtual void decode(Image& picture) = 0;

  private:
    Image picture_;
    std::uint32_t next_row_ = 0;
};

/// Collects the rows for libraries that want the whole picture before they begin.
class WholeEncoder : public RowSink {
  public:
    void write_row(std::span<const std::byte> row) final;
    void finish() final;

  protected:
    explicit WholeEncoder(const ImageInfo& info)
        : picture_(info) {}

    /// Called once, after the last row.
    virtual void encode(const Image& picture) = 0;

  private:
    Image picture_;
    std::uint32_t next_row_ = 0;
};

/// The whole file. A file needs as much memory as it is long, so its length needs no limit beyond that of
/// RIFF.
[[nodiscard]] std::vector<std::byte> read_whole_file(InputStream& in);

/// A copy of a metadata block. Throws Error{limit_exceeded} above the limit, naming it by `what`.
[[nodiscard]] std::vector<std::byte>
metadata_blob(const void* data, std::uint64_t bytes, const DecodeLimits& limits, std::string_view what);

/// As the libraries want them.
[[nodiscard]] inline const std::uint8_t* as_u8(std::span<const std::byte> bytes) noexcept {
    return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

[[nodiscard]] inline std::uint8_t* as_writable_u8(std::span<std::byte> bytes) noexcept {
    return reinterpret_cast<std::uint8_t*>(bytes.data());
}

} // namespace kizuna::codec
