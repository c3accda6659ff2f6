#include "video/sequence_sink.hpp"

#include "video/picture_bytes.hpp"

#include "kizuna/error.hpp"

#include <charconv>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace kizuna::video {

namespace {

constexpr int most_digits = 12;

} // namespace

std::optional<SequenceName> SequenceName::parse(const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    const std::size_t percent = name.find('%');
    if (percent == std::string::npos) {
        return std::nullopt;
    }
    SequenceName sequence;
    const char* const begin = name.data() + percent + 1;
    const char* const end = name.data() + name.size();
    const auto parsed = std::from_chars(begin, end, sequence.digits_);
    const auto after = static_cast<std::size_t>(parsed.ptr - name.data());
    const bool is_number = parsed.ec != std::errc::result_out_of_range && after < name.size() &&
                           name[after] == 'd' && sequence.digits_ >= 0 && sequence.digits_ <= most_digits;
    if (!is_number || name.find('%', after) != std::string::npos) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format(
                "{} is not a name for a sequence; use one number, like frames/%06d.png", path.string()));
    }
    sequence.folder_ = path.parent_path();
    sequence.before_ = name.substr(0, percent);
    sequence.after_ = name.substr(after + 1);
    return sequence;
}

std::filesystem::path SequenceName::name(std::uint64_t frame) const {
    return folder_ / fmt::format("{}{:0{}}{}", before_, frame + 1, digits_, after_);
}

SequenceSink::SequenceSink(WorkFolder& folder, SequenceName name, int group_frames, bool overwrite)
    : folder_(folder)
    , name_(std::move(name))
    , group_frames_(static_cast<std::uint64_t>(group_frames))
    , kept_(folder.segments()) {
    const std::filesystem::path first = name_.name(0);
    std::error_code ignored;
    if (!overwrite && !folder.is_continued() && std::filesystem::exists(first, ignored)) {
        throw Error(
            ErrorCode::already_exists,
            fmt::format("{} exists already (overwrite replaces it)", first.string()));
    }
    std::erase_if(kept_, [&](const auto& group) { return !is_whole(group.first, group.second); });
}

bool SequenceSink::is_whole(std::uint64_t group, const Segment& kept) const {
    const std::uint64_t begin = group * group_frames_;
    std::error_code ignored;
    for (std::uint64_t frame = begin; frame < begin + kept.frames; ++frame) {
        if (!std::filesystem::exists(name_.name(frame), ignored)) {
            return false;
        }
    }
    return true;
}

bool SequenceSink::has_group(std::uint64_t group) const {
    return kept_.contains(group);
}

std::uint64_t SequenceSink::kept_frames() const {
    return frames_in(kept_);
}

void SequenceSink::write(const ResultFrame& frame) {
    const std::uint64_t group = frame.number / group_frames_;
    if (current_ != group) {
        end_group();
        current_ = group;
    }
    const std::filesystem::path name = name_.name(frame.number);
    if (last_ != frame.picture) {
        encoded_ = encoded_picture(*frame.picture, name);
        last_ = frame.picture;
    }
    AtomicFile file(name, AtomicFile::IfExists::replace);
    file.write(encoded_);
    file.commit();
    ++frames_in_current_;
    bytes_ += encoded_.size();
}

void SequenceSink::end_group() {
    if (current_) {
        SegmentWriter(folder_.segment_path(*current_), {}).commit(frames_in_current_);
        frames_in_current_ = 0;
        current_.reset();
    }
}

void SequenceSink::finish(std::uint64_t /*frames*/) {
    end_group();
    folder_.remove();
}

} // namespace kizuna::video
