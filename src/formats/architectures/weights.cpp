#include "formats/architectures/weights.hpp"

#include "base/checked.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace kizuna {

namespace {

template <typename Values>
bool all_begin_with(const Values& values, std::string_view prefix) {
    return std::all_of(values.begin(), values.end(), [&](const auto& value) {
        return std::string_view(value.first).substr(0, prefix.size()) == prefix;
    });
}

} // namespace

std::string printable_name(std::string_view name) {
    constexpr std::size_t longest = 60;
    std::string text(name.substr(0, longest));
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
    return name.size() > longest ? text + "..." : text;
}

std::size_t weight_count(const std::vector<std::int64_t>& shape) {
    std::size_t count = 1;
    for (const std::int64_t side : shape) {
        if (side < 0) {
            throw Error(ErrorCode::corrupt, "a tensor in it has a negative side");
        }
        count = checked_mul(count, checked_cast<std::size_t>(side), "a tensor's size");
    }
    return count;
}

void Weights::add(std::string name, WeightTensor tensor) {
    if (const auto [place, added] = tensors_.emplace(std::move(name), std::move(tensor)); !added) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format("the weight {} is in the file twice", printable_name(place->first)));
    }
}

std::string_view Weights::note(const std::string& key) const {
    const auto found = notes_.find(key);
    return found == notes_.end() ? std::string_view() : found->second;
}

void Weights::remove_common_prefixes() {
    constexpr std::array<std::string_view, 3> prefixes{"module.", "netG.", "_orig_mod."};
    constexpr int most_rounds = 4; // one prefix may stand behind another; two have been seen
    for (int round = 0; round < most_rounds && !tensors_.empty(); ++round) {
        const auto* prefix = std::find_if(prefixes.begin(), prefixes.end(), [&](std::string_view candidate) {
            return all_begin_with(tensors_, candidate);
        });
        if (prefix == prefixes.end()) {
            return;
        }
        remove_prefix(*prefix);
    }
}

void Weights::remove_prefix(std::string_view prefix) {
    std::map<std::string, WeightTensor> tensors;
    for (auto& [name, tensor] : tensors_) {
        tensors.emplace(name.substr(prefix.size()), std::move(tensor));
    }
    tensors_ = std::move(tensors);
    std::set<std::string> flags;
    for (const std::string& flag : flags_) {
        flags.insert(flag.rfind(prefix, 0) == 0 ? flag.substr(prefix.size()) : flag);
    }
    flags_ = std::move(flags);
}

std::int64_t Weights::side(const std::string& name, std::size_t axis) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() || axis >= found->second.shape.size() ? 0 : found->second.shape[axis];
}

WeightTensor Weights::take(const std::string& name) {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) {
        throw Error(ErrorCode::bad_network, fmt::format("the weight {} is missing", printable_name(name)));
    }
    WeightTensor tensor = std::move(found->second);
    tensors_.erase(found);
    return tensor;
}

std::string Weights::some_names(std::size_t most) const {
    std::string text;
    std::size_t shown = 0;
    for (const auto& [name, tensor] : tensors_) {
        if (shown == most) {
            return text + fmt::format(" and {} more", tensors_.size() - shown);
        }
        text += (shown++ == 0 ? "" : ", ") + printable_name(name);
    }
    return text;
}

} // namespace kizuna
