#pragma once

#include "base/byte_stream.hpp"

#include <filesystem>

namespace kizuna {

/// A file that appears under its name only when it is complete: written beside it under a temporary name
/// (".kizuna-….part"), renamed by `commit()`, removed by the destructor otherwise. Not thread-safe.
class AtomicFile final : public OutputStream {
  public:
    enum class IfExists { fail, replace };

    /// Throws Error{already_exists} or Error{io} (no such folder, not writable), naming the path.
    AtomicFile(std::filesystem::path path, IfExists if_exists);
    ~AtomicFile() override;

    void write(std::span<const std::byte> bytes) override;
    void seek(std::uint64_t position) override;

    [[nodiscard]] std::uint64_t position() const override { return position_; }

    /// Flushes and renames. With IfExists::fail a file that has come into being meanwhile is kept and
    /// Error{already_exists} thrown. After it, the object is done.
    void commit();

  private:
    void remove_temporary() noexcept;

    std::filesystem::path path_;
    std::filesystem::path temporary_;
    IfExists if_exists_;
    int fd_ = -1;
    std::uint64_t position_ = 0;
};

} // namespace kizuna
