#include "service/package_archive.hpp"

#include "base/cancel.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <zlib.h>

#include <fmt/format.h>

namespace kizuna {

namespace {

constexpr std::size_t block_bytes = 512; // tar's unit
constexpr std::size_t unpacked_piece_bytes = std::size_t{64} << 10U;
constexpr std::uint64_t max_unpacked_bytes = std::uint64_t{8} << 30U;

[[noreturn]] void throw_damaged(const std::string& what) {
    throw Error(ErrorCode::corrupt, fmt::format("the package's archive is damaged: {}", what));
}

/// What is inside gzip, from front to back.
class Unzipped {
  public:
    explicit Unzipped(InputStream& packed)
        : packed_(packed)
        , buffer_(unpacked_piece_bytes) {
        constexpr int gzip_only = 16 + MAX_WBITS;
        if (::inflateInit2(&stream_, gzip_only) != Z_OK) {
            throw Error(ErrorCode::out_of_memory, "not enough memory to unpack an archive");
        }
    }

    Unzipped(const Unzipped&) = delete;
    Unzipped& operator=(const Unzipped&) = delete;

    ~Unzipped() { ::inflateEnd(&stream_); }

    /// Fills `into`, or throws.
    void read(std::span<std::byte> into) {
        count_ += into.size();
        if (count_ > max_unpacked_bytes) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format("the package's archive has more than {} bytes in it", max_unpacked_bytes));
        }
        while (!into.empty()) {
            const auto step = into.first(std::min(into.size(), unpacked_piece_bytes));
            inflate_into(step);
            into = into.subspan(step.size());
        }
    }

    void skip(std::uint64_t bytes) {
        std::array<std::byte, 16 * block_bytes> dropped{};
        while (bytes > 0) {
            const std::size_t step = std::min<std::uint64_t>(bytes, dropped.size());
            read(std::span(dropped).first(step));
            bytes -= step;
        }
    }

  private:
    void inflate_into(std::span<std::byte> into) {
        stream_.next_out = static_cast<Bytef*>(static_cast<void*>(into.data()));
        stream_.avail_out = static_cast<uInt>(into.size());
        while (stream_.avail_out > 0) {
            if (stream_.avail_in == 0) {
                refill();
            }
            const int result = ::inflate(&stream_, Z_NO_FLUSH);
            if (result != Z_OK && !(result == Z_STREAM_END && stream_.avail_out == 0)) {
                throw_damaged(result == Z_STREAM_END ? "it ends too early" : "it is no gzip");
            }
        }
    }

    void refill() {
        const std::size_t count = packed_.read(buffer_);
        if (count == 0) {
            throw_damaged("it ends too early");
        }
        stream_.next_in = static_cast<Bytef*>(static_cast<void*>(buffer_.data()));
        stream_.avail_in = static_cast<uInt>(count);
    }

    InputStream& packed_;
    std::vector<std::byte> buffer_;
    z_stream stream_{};
    std::uint64_t count_ = 0;
};

/// A block that stands before each file. The names are the format's own.
class Header {
  public:
    void read(Unzipped& in) {
        in.read(bytes_);
        if (!is_end() && octal(checksum_begin, checksum_length) != sum()) {
            throw_damaged("a file's header has another sum");
        }
    }

    [[nodiscard]] bool is_end() const {
        return std::all_of(bytes_.begin(), bytes_.end(), [](std::byte b) { return b == std::byte{0}; });
    }

    [[nodiscard]] bool is_ordinary_file() const {
        const auto type = static_cast<char>(bytes_[type_at]);
        return type == '0' || type == '\0';
    }

    [[nodiscard]] std::uint64_t size() const { return octal(size_begin, size_length); }

    [[nodiscard]] std::string path() const {
        const std::string prefix = text(magic_begin, 5) == "ustar" ? text(prefix_begin, prefix_length) : "";
        const std::string name = text(0, name_length);
        return prefix.empty() ? name : prefix + "/" + name;
    }

  private:
    static constexpr std::size_t name_length = 100;
    static constexpr std::size_t size_begin = 124;
    static constexpr std::size_t size_length = 12;
    static constexpr std::size_t checksum_begin = 148;
    static constexpr std::size_t checksum_length = 8;
    static constexpr std::size_t type_at = 156;
    static constexpr std::size_t magic_begin = 257;
    static constexpr std::size_t prefix_begin = 345;
    static constexpr std::size_t prefix_length = 155;

    /// Up to the first zero.
    [[nodiscard]] std::string text(std::size_t begin, std::size_t length) const {
        std::string result;
        for (std::size_t i = begin; i < begin + length && bytes_[i] != std::byte{0}; ++i) {
            result += static_cast<char>(bytes_[i]);
        }
        return result;
    }

    [[nodiscard]] std::uint64_t octal(std::size_t begin, std::size_t length) const {
        const std::string digits = text(begin, length);
        std::uint64_t value = 0; // 12 digits of 3 bits fit
        for (const char digit : digits) {
            if (digit == ' ') {
                continue;
            }
            if (digit < '0' || digit > '7') {
                throw_damaged("a number in a file's header is none");
            }
            value = value * 8 + static_cast<std::uint64_t>(digit - '0');
        }
        return value;
    }

    /// Of all bytes, those of the sum itself taken for spaces.
    [[nodiscard]] std::uint64_t sum() const {
        std::uint64_t result = 0;
        for (std::size_t i = 0; i < bytes_.size(); ++i) {
            const bool is_sum = i >= checksum_begin && i < checksum_begin + checksum_length;
            result += is_sum ? std::uint64_t{' '} : std::to_integer<std::uint64_t>(bytes_[i]);
        }
        return result;
    }

    std::array<std::byte, block_bytes> bytes_{};
};

std::uint64_t padding_of(std::uint64_t bytes) {
    return (block_bytes - bytes % block_bytes) % block_bytes;
}

} // namespace

void read_package_archive(
    InputStream& archive, const WantedFile& wanted, const FoundFile& found, const CancelToken& cancel) {
    Unzipped in(archive);
    Header header;
    for (header.read(in); !header.is_end(); header.read(in)) {
        throw_if_cancelled(cancel);
        const std::string path = header.path();
        const auto size = header.is_ordinary_file() ? wanted(path) : std::nullopt;
        if (!size) {
            in.skip(header.size());
        } else if (*size != header.size()) {
            throw Error(
                ErrorCode::corrupt,
                fmt::format(
                    "{} has {} bytes in the package, and should have {}", path, header.size(), *size));
        } else {
            std::vector<std::byte> content(static_cast<std::size_t>(*size));
            in.read(content);
            found(path, std::move(content));
        }
        in.skip(padding_of(header.size()));
    }
}

} // namespace kizuna
