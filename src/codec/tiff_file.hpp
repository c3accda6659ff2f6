#pragma once

#include "base/byte_stream.hpp"

#include <array>
#include <cstdarg>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>

struct tiff; // libtiff's TIFF

namespace kizuna::codec {

/// A TIFF handle over one of our streams. libtiff reports by return values and handlers: what the handlers
/// were told is kept here until `check` throws it.
class TiffFile {
  public:
    /// Opens the first page. libtiff allocates at most `max_allocation_bytes` at once.
    TiffFile(std::unique_ptr<InputStream> in, std::uint64_t max_allocation_bytes);
    /// Little-endian. `out` must outlive it. `big` is for files that may exceed 4 GB.
    TiffFile(OutputStream& out, bool big);
    TiffFile(const TiffFile&) = delete;
    TiffFile& operator=(const TiffFile&) = delete;
    /// Writes nothing: a picture is complete only after close().
    ~TiffFile();

    [[nodiscard]] tiff* get() const noexcept { return tiff_; }

    [[nodiscard]] InputStream& in() noexcept { return *in_; }

    /// From now on an error that libtiff reports counts even where it goes on, as do libjpeg's warnings
    /// within it: both mean that pixels were made up.
    void be_strict() noexcept;

    /// Throws what a stream threw, else Error{corrupt} (or {io} while writing) with libtiff's words where
    /// `ok` is false or, after be_strict(), where it reported something.
    void check(bool ok);

    /// Where libtiff's next bytes, or ours, would be written: directories begin at even places.
    [[nodiscard]] std::uint64_t end() const noexcept { return written_end_ + written_end_ % 2; }

    /// Writes bytes of our own at end(), which libtiff then leaves alone. Throws as check.
    void append(std::span<const std::byte> bytes);

    /// Writes what is left. Throws as check.
    void close();

    // For the callbacks.
    std::int64_t read(void* into, std::int64_t bytes) noexcept;
    std::int64_t write(const void* from, std::int64_t bytes) noexcept;
    std::uint64_t seek(std::uint64_t offset, int whence) noexcept;
    [[nodiscard]] std::uint64_t size() const noexcept;
    void keep_message(const char* format, std::va_list arguments) noexcept;

    [[nodiscard]] bool strict() const noexcept { return strict_; }

  private:
    void open(const char* mode, std::uint64_t max_allocation_bytes);

    tiff* tiff_ = nullptr;
    std::unique_ptr<InputStream> in_;
    OutputStream* out_ = nullptr;
    std::uint64_t position_ = 0;
    std::uint64_t written_end_ = 0;
    bool strict_ = false;
    bool abandoned_ = false;
    std::exception_ptr thrown_;
    std::array<char, 256> message_{};
};

/// Pages of a TIFF or BigTIFF file, found by following its chain of directories; 1 where that cannot be
/// followed.
[[nodiscard]] std::uint32_t count_tiff_pages(InputStream& in);

} // namespace kizuna::codec
