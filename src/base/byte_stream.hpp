#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

// Where codecs and model readers get bytes from and put bytes to: memory or a file, seekable both.
namespace kizuna {

/// Bytes to read. Not thread-safe; one user at a time.
class InputStream {
  public:
    InputStream() = default;
    InputStream(const InputStream&) = delete;
    InputStream& operator=(const InputStream&) = delete;
    virtual ~InputStream() = default;

    /// Reads up to `into.size()` bytes; less only at the end. Throws Error{io}.
    virtual std::size_t read(std::span<std::byte> into) = 0;
    /// Seeking past the end is allowed; the next read then gives 0.
    virtual void seek(std::uint64_t position) = 0;
    [[nodiscard]] virtual std::uint64_t position() const = 0;
    [[nodiscard]] virtual std::uint64_t size() const = 0;
};

/// Bytes to write. Not thread-safe.
class OutputStream {
  public:
    OutputStream() = default;
    OutputStream(const OutputStream&) = delete;
    OutputStream& operator=(const OutputStream&) = delete;
    virtual ~OutputStream() = default;

    /// Writes all of `bytes` at the current position. Throws Error{io} (a full disk, …).
    virtual void write(std::span<const std::byte> bytes) = 0;
    /// TIFF goes back to patch offsets; a gap past the end reads as zeros.
    virtual void seek(std::uint64_t position) = 0;
    [[nodiscard]] virtual std::uint64_t position() const = 0;
};

/// A stream over bytes that the caller keeps alive and unchanged.
[[nodiscard]] std::unique_ptr<InputStream> open_memory(std::span<const std::byte> bytes);

/// Throws Error{not_found} or Error{io}, naming the path.
[[nodiscard]] std::unique_ptr<InputStream> open_file(const std::filesystem::path& path);

/// Everything from the current position to the end. Throws Error{limit_exceeded} above `max_bytes`.
[[nodiscard]] std::vector<std::byte> read_all(InputStream& in, std::uint64_t max_bytes);

/// The whole file. Throws as open_file and read_all, naming the path.
[[nodiscard]] std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

/// The same memory as characters.
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) {
    return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

/// Collects bytes in memory.
class MemoryOutput final : public OutputStream {
  public:
    void write(std::span<const std::byte> bytes) override;

    void seek(std::uint64_t position) override { position_ = position; }

    [[nodiscard]] std::uint64_t position() const override { return position_; }

    [[nodiscard]] std::vector<std::byte>& bytes() noexcept { return bytes_; }

  private:
    std::vector<std::byte> bytes_;
    std::uint64_t position_ = 0;
};

} // namespace kizuna
