#include "formats/torch/archive.hpp"

#include "formats/architectures/weights.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <zip.h>

#include <fmt/format.h>

namespace kizuna::torch {

namespace {

constexpr zip_int64_t max_entries = 100'000; // one for each weight; the largest networks have some thousand
constexpr std::string_view pickle_name = "data.pkl";

[[noreturn]] void throw_damaged(std::string_view what) {
    throw Error(ErrorCode::corrupt, fmt::format("the ZIP archive in it is damaged: {}", what));
}

zip_t* open(std::span<const std::byte> bytes) {
    zip_error_t problem;
    zip_error_init(&problem);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &problem);
    zip_t* archive = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &problem);
    if (archive == nullptr) {
        const std::string text = zip_error_strerror(&problem);
        zip_source_free(source);
        zip_error_fini(&problem);
        throw_damaged(text);
    }
    zip_error_fini(&problem);
    return archive;
}

struct CloseFile {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

} // namespace

bool is_archive(std::span<const std::byte> bytes) {
    constexpr std::array signature{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
    return bytes.size() >= signature.size() && std::equal(signature.begin(), signature.end(), bytes.begin());
}

void Archive::Close::operator()(zip* archive) const {
    zip_discard(archive);
}

Archive::Archive(std::span<const std::byte> bytes)
    : file_bytes_(bytes.size())
    , archive_(open(bytes)) {
    list_entries();
    find_folder();
}

Archive::~Archive() = default;

bool Archive::has(const std::string& name) const {
    return entries_.count(folder_ + name) != 0;
}

std::vector<std::byte> Archive::read(const std::string& name, std::size_t most) const {
    const auto entry = entries_.find(folder_ + name);
    zip_stat_t facts;
    zip_stat_init(&facts);
    if (entry == entries_.end() || zip_stat_index(archive_.get(), entry->second, 0, &facts) != 0 ||
        (facts.valid & ZIP_STAT_SIZE) == 0) {
        throw_damaged(fmt::format("{} is not in it", printable_name(name)));
    }
    if (facts.comp_method != ZIP_CM_STORE || facts.encryption_method != ZIP_EM_NONE) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "{} is compressed or encrypted in it; PyTorch writes neither. Save the weights once more",
                printable_name(name)));
    }
    if (facts.size > file_bytes_) {
        throw_damaged(fmt::format("{} is said to have {} bytes", printable_name(name), facts.size));
    }
    if (facts.size > most) {
        throw Error(
            ErrorCode::limit_exceeded, fmt::format("{} has more than {} bytes", printable_name(name), most));
    }
    const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(archive_.get(), entry->second, 0));
    std::vector<std::byte> bytes(facts.size);
    std::byte beyond{};
    // The checksum is looked at where the end is met.
    if (!file || !std::cmp_equal(zip_fread(file.get(), bytes.data(), bytes.size()), bytes.size()) ||
        zip_fread(file.get(), &beyond, 1) != 0) {
        throw_damaged(fmt::format("{} cannot be read", printable_name(name)));
    }
    return bytes;
}

void Archive::list_entries() {
    const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
    if (count > max_entries) {
        throw Error(ErrorCode::limit_exceeded, fmt::format("it has more than {} entries", max_entries));
    }
    for (zip_int64_t i = 0; i < count; ++i) {
        const char* name = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
        if (name == nullptr) {
            throw_damaged("an entry has no name");
        }
        if (!entries_.emplace(name, static_cast<std::size_t>(i)).second) {
            throw_damaged(fmt::format("{} is in it twice", printable_name(name)));
        }
    }
}

void Archive::find_folder() {
    for (const auto& [name, index] : entries_) {
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
