#include "service/repeated_frames.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace kizuna {

namespace {

/// Tells frames apart quickly; whether two are the same is for their pixels to say.
std::size_t hash_of(const Image& frame) {
    const auto pixels = frame.pixels();
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(pixels.data()), pixels.size()});
}

} // namespace

const Image* RepeatedFrames::find(const Image& frame) {
    const std::size_t hash = hash_of(frame);
    const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) {
        return kept.hash == hash && std::ranges::equal(kept.frame.pixels(), frame.pixels());
    });
    if (found == kept_.end()) {
        return nullptr;
    }
    kept_.splice(kept_.begin(), kept_, found);
    return &kept_.front().result;
}

const Image& RepeatedFrames::keep(const Image& frame, Image result) {
    kept_.push_front({hash_of(frame), frame, std::move(result)});
    bytes_ += kept_.front().bytes();
    while (bytes_ > most_bytes_ && kept_.size() > 1) {
        bytes_ -= kept_.back().bytes();
        kept_.pop_back();
    }
    return kept_.front().result;
}

} // namespace kizuna
