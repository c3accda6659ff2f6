#include "video/work_folder.hpp"

#include "base/log.hpp"
#include "base/system.hpp"
#include "service/digest.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <numeric>
#include <optional>
#include <string>
#include <sys/file.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna::video {

namespace {

constexpr const char* journal_name = "journal.json";
constexpr const char* announcement_name = "finished.json";
constexpr const char* lock_name = "lock";
constexpr std::string_view segment_prefix = "segment-";
constexpr std::string_view segment_suffix = ".kzs";
constexpr int journal_version = 2;
constexpr std::uint64_t greatest_journal = 1U << 20U;
/// Encoders with more threads compress worse, and need memory for a picture in each.
constexpr int most_encoder_threads = 16;
/// More would be days of video in segments of a single frame.
constexpr std::uint64_t most_segments = 10'000'000;

/// Ours have three levels. What is nested is copied and compared by recursion, so that a file with a million
/// brackets would use up the stack.
constexpr int deepest_json = 16;

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error)) {
        files.push_back(it->path());
    }
    if (error) {
        throw Error(
            ErrorCode::io, fmt::format("cannot read the folder {}: {}", folder.string(), error.message()));
    }
    return files;
}

/// Nothing where there is no such file, or it is no JSON, or nested too deeply to be ours.
std::optional<Json> read_json(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
        return std::nullopt;
    }
    const std::vector<std::byte> bytes = read_file(path, greatest_journal);
    bool is_too_deep = false;
    const auto keep = [&](int depth, Json::parse_event_t, const Json&) {
        is_too_deep = is_too_deep || depth > deepest_json;
        return depth <= deepest_json;
    };
    Json json = Json::parse(
        reinterpret_cast<const char*>(bytes.data()),
        reinterpret_cast<const char*>(bytes.data()) + bytes.size(), keep, false);
    return json.is_object() && !is_too_deep ? std::optional(std::move(json)) : std::nullopt;
}

int integer(const Json& json, const char* name, int otherwise) {
    const auto found = json.find(name);
    return found != json.end() && found->is_number_integer() ? found->get<int>() : otherwise;
}

Json as_json(const TileLimits& limits) {
    return {
        {"free_memory_bytes", limits.free_memory_bytes},
        {"best_tile_px", limits.best_tile_px},
        {"tile_step_px", limits.tile_step_px},
        {"has_own_memory", limits.has_own_memory},
        {"bytes_per_pixel", limits.bytes_per_pixel}};
}

/// What is not there, or cannot be, is as in `otherwise`.
TileLimits limits_in(const Json& json, TileLimits otherwise) {
    constexpr int largest_tile_px = 65'536;
    constexpr int largest_step_px = 4'096;
    if (!json.is_object()) {
        return otherwise;
    }
    const Json free = json.value("free_memory_bytes", Json());
    const Json own = json.value("has_own_memory", Json());
    const Json bytes = json.value("bytes_per_pixel", Json());
    const int best = integer(json, "best_tile_px", 0);
    const int step = integer(json, "tile_step_px", 0);
    if (!free.is_number_unsigned() || !own.is_boolean() || !bytes.is_number() || best < 1 ||
        best > largest_tile_px || step < 1 || step > largest_step_px) {
        return otherwise;
    }
    return {free.get<std::uint64_t>(), best, step, own.get<bool>(), bytes.get<double>()};
}

/// Names of the fields that are not the same.
std::vector<std::string> differences(const Json& a, const Json& b) {
    std::vector<std::string> names;
    for (const auto& [name, value] : a.items()) {
        if (!b.contains(name) || b.at(name) != value) {
            names.push_back(name);
        }
    }
    return names;
}

std::optional<std::uint64_t> number_of_segment(const std::string& name) {
    if (!name.starts_with(segment_prefix) || !name.ends_with(segment_suffix)) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const char* const begin = name.data() + segment_prefix.size();
    const char* const end = name.data() + name.size() - segment_suffix.size();
    const auto parsed = std::from_chars(begin, end, number);
    const bool is_number = parsed.ec == std::errc() && parsed.ptr == end && number < most_segments;
    return is_number ? std::optional(number) : std::nullopt;
}

} // namespace

Json identity_of_file(const std::filesystem::path& path) {
    constexpr std::uint64_t parts = 64;
    constexpr std::size_t part_bytes = 1U << 16U;
    const auto in = open_file(path);
    std::vector<std::byte> sample;
    std::vector<std::byte> part(part_bytes);
    for (std::uint64_t i = 0; i < parts; ++i) {
        // The last one ends with the file.
        const std::uint64_t room = in->size() > part_bytes ? in->size() - part_bytes : 0;
        in->seek(room / (parts - 1) * i + room % (parts - 1) * i / (parts - 1));
        const std::size_t read = in->read(part);
        sample.insert(sample.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(read));
    }
    return {{"bytes", in->size()}, {"sample_sha256", sha256_of(sample)}};
}

std::uint64_t frames_in(const Segments& segments) {
    return std::accumulate(
        segments.begin(), segments.end(), std::uint64_t{0},
        [](std::uint64_t sum, const auto& segment) { return sum + segment.second.frames; });
}

WorkFolder::WorkFolder(
    const std::filesystem::path& output, const Json& work, bool restart, const TileLimits& tile_limits)
    : output_(output)
    , folder_(output.string() + ".kizuna")
    , tile_limits_(tile_limits) {
    make_folder(folder_);
    lock();
    try {
        is_continued_ = !restart && adopt(work);
        if (!is_continued_) {
            begin(work);
        }
    } catch (...) {
        ::close(lock_);
        throw;
    }
}

WorkFolder::~WorkFolder() {
    ::close(lock_);
}

void WorkFolder::lock() {
    const std::filesystem::path path = folder_ / lock_name;
    lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock_ < 0) {
        throw Error(ErrorCode::io, fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
    }
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock_);
        throw Error(
            ErrorCode::io,
            fmt::format(
                "another process is at work on {} (it has locked {})", output_.string(), path.string()));
    }
}

/// Whether the folder holds this work already.
bool WorkFolder::adopt(const Json& work) {
    const std::optional<Json> journal = read_json(folder_ / journal_name);
    if (!journal) { // nothing had been begun
        return false;
    }
    const Json earlier = journal->value("work", Json::object());
    std::vector<std::string> other = differences(work, earlier);
    if (integer(*journal, "version", 0) != journal_version) {
        other = {"the journal's version"};
    }
    if (!other.empty()) {
        throw Error(
            ErrorCode::already_exists,
            fmt::format(
                "{} holds unfinished work of another command (another {}); run that one to its end, or use "
                "--restart to throw its work away",
                folder_.string(), fmt::join(other, ", ")));
    }
    encoder_threads_ = std::clamp(integer(*journal, "encoder_threads", 1), 1, most_encoder_threads);
    tile_limits_ = limits_in(journal->value("tile_limits", Json::object()), tile_limits_);
    return true;
}

void WorkFolder::begin(const Json& work) {
    for (const std::filesystem::path& file : files_in(folder_)) {
        const std::string name = file.filename().string();
        if (number_of_segment(name) || name == announcement_name || name == journal_name) {
            remove_file(file);
        }
    }
    encoder_threads_ = std::clamp(available_cpus(), 1, most_encoder_threads);
    write(
        journal_name, {{"format", "kizuna video journal"},
                       {"version", journal_version},
                       {"encoder_threads", encoder_threads_},
                       {"tile_limits", as_json(tile_limits_)},
                       {"work", work}});
}

void WorkFolder::write(const char* name, const Json& content) const {
    AtomicFile file(folder_ / name, AtomicFile::IfExists::replace);
    const std::string text = content.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    file.write(std::as_bytes(std::span(text)));
    file.commit();
}

std::filesystem::path WorkFolder::segment_path(std::uint64_t number) const {
    return folder_ / fmt::format("{}{:06}{}", segment_prefix, number, segment_suffix);
}

Segments WorkFolder::segments() const {
    Segments segments;
    for (const std::filesystem::path& file : files_in(folder_)) {
        const auto number = number_of_segment(file.filename().string());
        if (!number) {
            continue;
        }
        try {
            segments.insert_or_assign(*number, read_segment(file));
        } catch (const Error& error) {
            log(LogLevel::warning, fmt::format("{}; it is made again", error.what()));
            remove_file(file);
        }
    }
    return segments;
}

void WorkFolder::announce(std::uint64_t output_bytes) const {
    write(announcement_name, {{"bytes", output_bytes}});
}

bool WorkFolder::has_appeared() const {
    const std::optional<Json> announcement = read_json(folder_ / announcement_name);
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(output_, error);
    return announcement && !error && announcement->value("bytes", Json()) == Json(size);
}

void WorkFolder::remove() {
    std::error_code ignored; // what cannot be deleted does no harm
    std::filesystem::remove_all(folder_, ignored);
}

} // namespace kizuna::video
