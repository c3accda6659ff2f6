#include "engine/cpu/block.hpp"

#include "base/checked.hpp"

#include <algorithm>
#include <iterator>

namespace kizuna::cpu {

std::size_t Block::take(std::size_t bytes) {
    bytes = checked_add(bytes, cache_line_bytes - 1, "the memory of a network's values") / cache_line_bytes *
            cache_line_bytes;
    auto best = free_.end();
    for (auto place = free_.begin(); place != free_.end(); ++place) {
        if (place->second >= bytes && (best == free_.end() || place->second < best->second)) {
            best = place;
        }
    }
    std::size_t offset = size_;
    if (best != free_.end()) {
        offset = best->first;
        const std::size_t rest = best->second - bytes;
        free_.erase(best);
        if (rest > 0) {
            free_[offset + bytes] = rest;
        }
    } else if (!free_.empty() && std::prev(free_.end())->first + std::prev(free_.end())->second == size_) {
        offset = std::prev(free_.end())->first; // the last place grows
        free_.erase(std::prev(free_.end()));
    }
    size_ = std::max(size_, checked_add(offset, bytes, "the memory of a network's values"));
    used_[offset] = bytes;
    return offset;
}

void Block::give_back(std::size_t offset) {
    const auto used = used_.find(offset);
    auto place = free_.emplace(offset, used->second).first;
    used_.erase(used);
    if (const auto next = std::next(place);
        next != free_.end() && place->first + place->second == next->first) {
        place->second += next->second;
        free_.erase(next);
    }
    if (place != free_.begin()) {
        if (const auto before = std::prev(place); before->first + before->second == place->first) {
            before->second += place->second;
            free_.erase(place);
        }
    }
}

} // namespace kizuna::cpu
