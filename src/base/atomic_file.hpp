#pragma once

#include "base/byte_stream.hpp"

#include <filesystem>

namespace kizuna {

/// Makes the folder and those it lies in, where they are missing. Throws Error{io}, naming it.
void make_folder(const std::filesystem::path& folder);

/// Nothing happens where it is not there. Throws Error{io}, naming it.
void remove_file(const std::filesystem::path& file);

/// A file that appears under its name only when it is complete. Until `commit()` it has no name at all where
/// the file system can do that (Linux's O_TMPFILE), so that nothing is left of it whatever happens to the
/// process; elsewhere it is written beside its place as ".kizuna-….part" and removed by the destructor.
/// (Where the file system can neither link nor rename without replacing, it is empty for a moment before.) A
/// symbolic link is followed, an existing file's permissions are kept, and what is no file (a device, a pipe)
/// is refused. Not thread-safe.
class AtomicFile final : public OutputStream {
  public:
    enum class IfExists { fail, replace };

    /// Throws Error{already_exists} or Error{io} (no such folder, not writable, no regular file), naming the
    /// path.
    AtomicFile(std::filesystem::path path, IfExists if_exists);
    ~AtomicFile() override;

    void write(std::span<const std::byte> bytes) override;
    void seek(std::uint64_t position) override;

    [[nodiscard]] std::uint64_t position() const override { return position_; }

    /// Flushes and renames. With IfExists::fail a file that has come into being meanwhile is kept and
    /// Error{already_exists} thrown. After it, the object is done.
    void commit();

  private:
    void open_unnamed();
    void open_named();
    void keep_permissions() const;
    [[nodiscard]] bool give_name(const std::filesystem::path& name);
    [[nodiscard]] bool move_to(const std::filesystem::path& name);
    [[nodiscard]] bool move_to_reserved(const std::filesystem::path& name);
    void close_and_remove() noexcept;

    std::filesystem::path path_;
    std::filesystem::path temporary_; ///< empty while the file has no name
    IfExists if_exists_;
    int fd_ = -1;
    std::uint64_t position_ = 0;
};

} // namespace kizuna
