#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct zip;

// The ZIP archive that torch.save writes: everything in one folder, "data.pkl", "byteorder", "data/0", …,
// stored without compression.
namespace kizuna::torch {

[[nodiscard]] bool is_archive(std::span<const std::byte> bytes);

class Archive {
  public:
    /// The bytes must outlive the archive. Throws Error{corrupt} where they are damaged or a name comes
    /// twice, {unsupported} where there is no data.pkl.
    explicit Archive(std::span<const std::byte> bytes);
    ~Archive();
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;

    /// Of names within the folder.
    [[nodiscard]] bool has(const std::string& name) const;

    /// A whole entry. Throws Error{corrupt} where it is not there or damaged, {unsupported} where it is
    /// compressed or encrypted, {limit_exceeded} above `most` bytes: before anything is allocated.
    [[nodiscard]] std::vector<std::byte> read(const std::string& name, std::size_t most) const;

  private:
    struct Close {
        void operator()(zip* archive) const;
    };

    void list_entries();
    void find_folder();

    std::size_t file_bytes_;
    std::unique_ptr<zip, Close> archive_;
    std::map<std::string, std::size_t> entries_; // by whole name
    std::string folder_;
};

} // namespace kizuna::torch
