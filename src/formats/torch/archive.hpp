#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

// The ZIP archive that torch.save writes: everything in one folder, "data.pkl", "byteorder", "data/0", …,
// stored without compression.
namespace kizuna::torch {

[[nodiscard]] bool is_archive(std::span<const std::byte> bytes);

/// Bytes and where the next ones are read.
struct ArchiveBytes {
    std::span<const std::byte> bytes;
    std::uint64_t position = 0;
};

class Archive {
  public:
    /// The bytes must outlive the archive. Throws Error{corrupt} where they are damaged or a name comes
    /// twice, {unsupported} where there is no data.pkl.
    explicit Archive(std::span<const std::byte> bytes);
    ~Archive() = default;
    Archive(const Archive&) = delete; // minizip knows where file_ lies
    Archive& operator=(const Archive&) = delete;

    /// Of names within the folder.
    [[nodiscard]] bool has(const std::string& name) const;

    /// An entry, where it lies in the file: nothing is copied. Throws Error{corrupt} where it is not there or
    /// damaged, {unsupported} where it is compressed or encrypted.
    [[nodiscard]] std::span<const std::byte> read(const std::string& name) const;

  private:
    struct Close {
        void operator()(void* file) const;
    };

    /// Where the directory tells of an entry.
    struct Place {
        std::uint64_t in_directory = 0;
        std::uint64_t number = 0;
    };

    void list_entries();
    void find_folder();

    ArchiveBytes file_;
    std::unique_ptr<void, Close> archive_;
    std::map<std::string, Place> entries_; // by whole name
    std::string folder_;
};

} // namespace kizuna::torch
