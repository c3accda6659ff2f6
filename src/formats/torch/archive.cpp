#include "formats/torch/archive.hpp"

#include "base/byte_stream.hpp"
#include "formats/architectures/weights.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <unzip.h>
#include <utility>

#include <fmt/format.h>

namespace kizuna::torch {

namespace {

constexpr std::size_t max_entries = 100'000; // one for each weight; the largest networks have some thousand
constexpr std::string_view pickle_name = "data.pkl";

[[noreturn]] void throw_damaged(std::string_view what) {
    throw Error(ErrorCode::corrupt, fmt::format("the ZIP archive in it is damaged: {}", what));
}

// What minizip calls to read bytes in memory as a file. It passes back what it was given: the ArchiveBytes.

ArchiveBytes& as_file(void* opaque) {
    return *static_cast<ArchiveBytes*>(opaque);
}

void* open_bytes(void* opaque, const void*, int) {
    return opaque;
}

uLong read_bytes(void* opaque, void*, void* into, uLong size) {
    ArchiveBytes& file = as_file(opaque);
    const std::size_t count = std::min<std::size_t>(size, file.bytes.size() - file.position);
    std::memcpy(into, file.bytes.data() + file.position, count);
    file.position += count;
    return count;
}

uLong write_nothing(void*, void*, const void*, uLong) {
    return 0;
}

ZPOS64_T tell(void* opaque, void*) {
    return as_file(opaque).position;
}

long seek(void* opaque, void*, ZPOS64_T offset, int origin) {
    ArchiveBytes& file = as_file(opaque);
    const std::uint64_t size = file.bytes.size();
    const std::uint64_t base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? file.position : size;
    if (offset > size - base) {
        return -1;
    }
    file.position = base + offset;
    return 0;
}

int close_nothing(void*, void*) {
    return 0;
}

int no_error(void*, void*) {
    return 0;
}

/// minizip is content with less of the record that ends an archive than there should be.
void need_whole_end(std::span<const std::byte> bytes) {
    constexpr std::string_view signature = "PK\5\6";
    constexpr std::size_t record_bytes = 22;
    const std::string_view text = as_text(bytes);
    const std::size_t begin = text.rfind(signature);
    if (begin == std::string_view::npos || bytes.size() - begin < record_bytes) {
        throw_damaged("it has no directory; it may be cut off");
    }
}

unzFile open(ArchiveBytes& file) {
    need_whole_end(file.bytes);
    zlib_filefunc64_def functions{open_bytes, read_bytes,    write_nothing, tell,
                                  seek,       close_nothing, no_error,      &file};
    unzFile archive = unzOpen2_64(nullptr, &functions);
    if (archive == nullptr) {
        throw_damaged("it has no directory; it may be cut off");
    }
    return archive;
}

void check(int result, std::string_view what) {
    if (result != UNZ_OK) {
        throw_damaged(what);
    }
}

/// Of the entry that the directory stands at.
unz_file_info64 facts_of(unzFile archive, std::string& name) {
    constexpr std::size_t longest_name = 1024;
    std::array<char, longest_name> text{};
    unz_file_info64 facts{};
    check(
        unzGetCurrentFileInfo64(archive, &facts, text.data(), text.size(), nullptr, 0, nullptr, 0),
        "its directory cannot be read");
    if (facts.size_filename >= longest_name) {
        throw_damaged("an entry has a name that is too long");
    }
    name.assign(text.data(), facts.size_filename);
    return facts;
}

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::uint32_t checksum(std::span<const std::byte> bytes) {
    return static_cast<std::uint32_t>(
        crc32_z(0, static_cast<const Bytef*>(static_cast<const void*>(bytes.data())), bytes.size()));
}

} // namespace

bool is_archive(std::span<const std::byte> bytes) {
    constexpr std::array signature{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
    return bytes.size() >= signature.size() && std::equal(signature.begin(), signature.end(), bytes.begin());
}

void Archive::Close::operator()(void* file) const {
    unzClose(file);
}

Archive::Archive(std::span<const std::byte> bytes)
    : file_{bytes}
    , archive_(open(file_)) {
    list_entries();
    find_folder();
}

bool Archive::has(const std::string& name) const {
    return entries_.contains(folder_ + name);
}

std::span<const std::byte> Archive::read(const std::string& name) const {
    const auto entry = entries_.find(folder_ + name);
    if (entry == entries_.end()) {
        throw_damaged(fmt::format("{} is not in it", printable_name(name)));
    }
    const unz64_file_pos place{entry->second.in_directory, entry->second.number};
    check(unzGoToFilePos64(archive_.get(), &place), "its directory cannot be read");
    std::string whole_name;
    const unz_file_info64 facts = facts_of(archive_.get(), whole_name);
    constexpr uLong encrypted = 1;
    if (facts.compression_method != 0 || (facts.flag & encrypted) != 0) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "{} is compressed or encrypted in it; PyTorch writes neither. Save the weights once more",
                printable_name(name)));
    }
    check(unzOpenCurrentFile(archive_.get()), printable_name(name) + " cannot be read");
    const std::uint64_t begin = unzGetCurrentFileZStreamPos64(archive_.get());
    unzCloseCurrentFile(archive_.get());
    const std::uint64_t size = facts.uncompressed_size;
    if (begin > file_.bytes.size() || size > file_.bytes.size() - begin) {
        throw_damaged(fmt::format("{} is said to have {} bytes", printable_name(name), size));
    }
    const auto bytes = file_.bytes.subspan(begin, size);
    if (checksum(bytes) != facts.crc) {
        throw_damaged(fmt::format("the checksum of {} differs", printable_name(name)));
    }
    return bytes;
}

void Archive::list_entries() {
    int found = unzGoToFirstFile(archive_.get());
    for (; found == UNZ_OK; found = unzGoToNextFile(archive_.get())) {
        if (entries_.size() == max_entries) {
            throw Error(ErrorCode::limit_exceeded, fmt::format("it has more than {} entries", max_entries));
        }
        std::string name;
        (void)facts_of(archive_.get(), name);
        unz64_file_pos place{};
        check(unzGetFilePos64(archive_.get(), &place), "its directory cannot be read");
        if (!entries_.emplace(name, Place{place.pos_in_zip_directory, place.num_of_file}).second) {
            throw_damaged(fmt::format("{} is in it twice", printable_name(name)));
        }
    }
    if (found != UNZ_END_OF_LIST_OF_FILE) {
        throw_damaged("its directory cannot be read");
    }
}

void Archive::find_folder() {
    for (const auto& [name, place] : entries_) {
        const bool at_top = std::count(name.begin(), name.end(), '/') <= 1;
        const bool is_pickle = name == pickle_name || ends_with(name, "/data.pkl");
        if (at_top && is_pickle) {
            folder_ = name.substr(0, name.size() - pickle_name.size());
            return;
        }
    }
    throw Error(
        ErrorCode::unsupported, "this is a ZIP archive, but no file of PyTorch's: it has no data.pkl");
}

} // namespace kizuna::torch
