#include "formats/torch/legacy.hpp"

#include "base/byte_order.hpp"
#include "base/checked.hpp"
#include "formats/torch/pickle.hpp"
#include "formats/torch/state_dict.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include <fmt/format.h>

namespace kizuna::torch {

namespace {

/// The first pickle is the number 0x1950a86a20f9469cfc6c.
constexpr std::array<std::uint8_t, 15> magic{0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46,
                                             0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, '.'};
constexpr std::int64_t protocol_version = 1001;

bool begins_with_magic(std::span<const std::byte> bytes) {
    return bytes.size() >= magic.size() &&
           std::equal(magic.begin(), magic.end(), bytes.begin(), [](std::uint8_t a, std::byte b) {
               return std::byte{a} == b;
           });
}

/// The pickles one after the other.
class Pickles {
  public:
    explicit Pickles(std::span<const std::byte> bytes)
        : rest_(bytes) {}

    Unpickled next() {
        Unpickled pickle = unpickle(rest_);
        rest_ = rest_.subspan(pickle.size);
        return pickle;
    }

    [[nodiscard]] std::span<const std::byte> rest() const { return rest_; }

  private:
    std::span<const std::byte> rest_;
};

void check_machine(const Unpickled& facts) {
    const auto* dict = facts.get<Dict>(facts.root);
    if (dict == nullptr) {
        corrupt("the facts about the machine that wrote it are damaged");
    }
    for (const auto& [key, value] : dict->items) {
        const auto* name = facts.get<std::string>(key);
        const auto* flag = facts.get<bool>(value);
        if (name != nullptr && *name == "little_endian" && (flag == nullptr || !*flag)) {
            throw Error(ErrorCode::unsupported, "it was written by a big-endian machine");
        }
    }
}

using StoragePlaces = std::map<std::string, std::span<const std::byte>>;

/// Where the numbers of each storage lie: in the order of `keys`, each behind its count.
StoragePlaces
place_storages(const Unpickled& pickle, const Unpickled& keys, std::span<const std::byte> bytes) {
    std::map<std::string_view, const Storage*> storages;
    for (const Storage& storage : pickle.storages) {
        storages.emplace(storage.key, &storage);
    }
    const auto* list = keys.get<List>(keys.root);
    if (list == nullptr) {
        corrupt("its list of storages is damaged");
    }
    StoragePlaces places;
    for (const Ref item : list->items) {
        const auto* key = keys.get<std::string>(item);
        const auto storage = key == nullptr ? storages.end() : storages.find(*key);
        if (storage == storages.end()) {
            corrupt("its list of storages names one that no tensor uses");
        }
        const auto length =
            checked_mul(static_cast<std::size_t>(storage->second->count), storage->second->element_bytes);
        if (bytes.size() < sizeof(std::int64_t) || length > bytes.size() - sizeof(std::int64_t)) {
            corrupt("it is cut off: the numbers of some weights are missing");
        }
        if (!std::cmp_equal(little_endian(bytes.first(sizeof(std::int64_t))), storage->second->count)) {
            corrupt("a storage in it has another length than its tensors say");
        }
        if (!places.emplace(*key, bytes.subspan(sizeof(std::int64_t), length)).second) {
            corrupt("its list of storages names one twice");
        }
        bytes = bytes.subspan(sizeof(std::int64_t) + length);
    }
    return places;
}

} // namespace

bool is_pickle(std::span<const std::byte> bytes) {
    constexpr std::byte proto{0x80};
    return bytes.size() >= 2 && bytes[0] == proto && bytes[1] >= std::byte{2} && bytes[1] <= std::byte{5};
}

Weights read_legacy(std::span<const std::byte> bytes) {
    Pickles pickles(bytes);
    (void)pickles.next(); // a hostile file is refused by the name of what it asks for, magic or not
    if (!begins_with_magic(bytes)) {
        throw Error(ErrorCode::unsupported, "this is a pickle of Python's, but no file of PyTorch's");
    }
    const Unpickled version = pickles.next();
    if (const auto* number = version.get<std::int64_t>(version.root);
        number == nullptr || *number != protocol_version) {
        throw Error(ErrorCode::unsupported, "it has a version that is not known");
    }
    check_machine(pickles.next());
    const Unpickled pickle = pickles.next();
    const Unpickled keys = pickles.next();
    const StoragePlaces places = place_storages(pickle, keys, pickles.rest());
    const auto read_storage = [&](const Storage& storage) {
        const auto found = places.find(storage.key);
        if (found == places.end()) {
            corrupt("its list of storages lacks one that a tensor uses");
        }
        return found->second;
    };
    return collect_weights(pickle, read_storage, bytes.size());
}

} // namespace kizuna::torch
