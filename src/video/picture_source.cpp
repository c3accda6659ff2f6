#include "video/picture_source.hpp"

#include "base/cancel.hpp"
#include "base/trace.hpp"
#include "video/picture_compare.hpp"

#include <utility>

namespace kizuna::video {

PictureSource::PictureSource(
    const std::filesystem::path& path, const Options& options, std::function<bool(std::uint64_t)> is_kept,
    CancelToken cancel)
    : decoder_(path, options.decoder)
    , options_(options)
    , is_kept_(std::move(is_kept))
    , cancel_(std::move(cancel)) {
    next_group_is_kept_ = is_kept_(0);
}

std::optional<SourceFrame> PictureSource::next() {
    while (true) {
        throw_if_cancelled(cancel_);
        const TraceScope scope("decode frame");
        FramePtr decoded = decoder_.next();
        if (!decoded) {
            return std::nullopt;
        }
        const std::uint64_t number = next_++;
        const std::uint64_t in_group = number % options_.group_frames;
        if (in_group == 0) {
            begin_group(number / options_.group_frames);
        }
        if (!reader_) {
            reader_.emplace(*decoded, traits_of(*decoded));
        }
        if (group_is_kept_) {
            const bool is_history = options_.temporal && !next_group_is_kept_ &&
                                    in_group + Steadier::history >= options_.group_frames;
            if (is_history) {
                steadier_.remember(std::make_shared<const Image>(reader_->read(*decoded)));
            }
            continue;
        }
        SourceFrame frame{number, decoded->pts, duration_of(*decoded), nullptr, picture_of(*decoded)};
        frame.original = std::shared_ptr<const AVFrame>(decoded.release(), FfmpegDeleter());
        return frame;
    }
}

// What a group's frames are compared with begins with its first, so that the result is the same wherever the
// work was interrupted. (Frames that are equal give equal results, whichever one is taken.)
void PictureSource::begin_group(std::uint64_t group) {
    group_is_kept_ = next_group_is_kept_;
    next_group_is_kept_ = is_kept_(group + 1);
    if (options_.still_tolerance > 0) {
        last_.reset();
    }
}

std::shared_ptr<const Image> PictureSource::picture_of(const AVFrame& frame) {
    auto picture = std::make_shared<const Image>(reader_->read(frame));
    if (options_.temporal) {
        steadier_.remember(std::move(picture));
        picture = std::make_shared<const Image>(steadier_.steadied());
    }
    if (!last_ || !looks_the_same(*last_, *picture, options_.still_tolerance)) {
        last_ = std::move(picture);
    }
    return last_;
}

} // namespace kizuna::video
