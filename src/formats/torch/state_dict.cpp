#include "formats/torch/state_dict.hpp"

#include "base/checked.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace kizuna::torch {

namespace {

constexpr int most_wrappers = 4; // two have been seen

/// The value of a key that is text; where a key comes twice, the last counts, as in Python.
const Value* find(const Unpickled& pickle, const Dict& dict, std::string_view key) {
    const auto found = std::find_if(dict.items.rbegin(), dict.items.rend(), [&](const auto& item) {
        const auto* text = pickle.get<std::string>(item.first);
        return text != nullptr && *text == key;
    });
    return found == dict.items.rend() ? nullptr : &pickle.at(found->second);
}

/// The averaged weights come first: those are what trained networks are used with.
const Dict* unwrapped_once(const Unpickled& pickle, const Dict& dict) {
    constexpr std::array<std::string_view, 7> keys{
        "model_state_dict", "state_dict", "params_ema", "params-ema", "params", "model", "net"};
    for (const std::string_view key : keys) {
        const Value* value = find(pickle, dict, key);
        const auto* inner = value == nullptr ? nullptr : std::get_if<Dict>(value);
        if (inner != nullptr && !inner->items.empty()) {
            return inner;
        }
    }
    return nullptr;
}

/// nunif's files say which of waifu2x's networks they are, and how it was set up.
void read_notes(const Unpickled& pickle, const Dict& dict, Weights& weights) {
    if (const Value* name = find(pickle, dict, "name"); name != nullptr) {
        if (const auto* text = std::get_if<std::string>(name)) {
            weights.set_note("name", *text);
        }
    }
    const Value* settings = find(pickle, dict, "kwargs");
    const auto* inner = settings == nullptr ? nullptr : std::get_if<Dict>(settings);
    const Value* no_clip = inner == nullptr ? nullptr : find(pickle, *inner, "no_clip");
    if (no_clip != nullptr && std::holds_alternative<bool>(*no_clip)) {
        weights.set_note("no_clip", std::get<bool>(*no_clip) ? "true" : "false");
    }
}

/// Of a weight. A pickle may use one text many times: a long one must not be copied as often.
constexpr std::size_t longest_name = 1024;

struct Entry {
    const std::string* name;
    const TensorRef* tensor;
};

/// The tensors of floats, those of one storage together, so that each storage is read once.
std::vector<Entry> list_tensors(const Unpickled& pickle, const Dict& dict, Weights& weights) {
    std::vector<Entry> entries;
    for (const auto& [key, value] : dict.items) {
        const auto* name = pickle.get<std::string>(key);
        if (name == nullptr) {
            continue; // numbers as keys: an optimiser's
        }
        if (name->size() > longest_name) {
            throw Error(
                ErrorCode::corrupt, fmt::format("a weight has a name of {} characters", name->size()));
        }
        const auto* tensor = pickle.get<TensorRef>(value);
        if (tensor != nullptr && pickle.storages[tensor->storage].element) {
            entries.push_back({name, tensor});
        } else {
            weights.add_flag(*name);
        }
    }
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.tensor->storage < b.tensor->storage;
    });
    return entries;
}

void check_total(const std::vector<Entry>& entries, std::size_t file_bytes) {
    std::size_t total = 0;
    for (const Entry& entry : entries) {
        total = checked_add(total, weight_count(entry.tensor->view.shape), "the weights together");
    }
    if (total > file_bytes) { // a number takes two bytes at least
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format("{} numbers are claimed to be in a file of {} bytes", total, file_bytes));
    }
}

// Entries of an archive may say that they lie in the same place, which would be read and checked for each.
void check_read(std::size_t bytes_read, std::size_t file_bytes) {
    if (bytes_read > file_bytes) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format("its tensors' data are more than the file's {} bytes: they overlap", file_bytes));
    }
}

} // namespace

Weights collect_weights(const Unpickled& pickle, const ReadStorage& read_storage, std::size_t file_bytes) {
    const auto* dict = pickle.get<Dict>(pickle.root);
    if (dict == nullptr) {
        throw Error(ErrorCode::unsupported, "it holds something that is no dictionary of weights");
    }
    Weights weights;
    read_notes(pickle, *dict, weights);
    for (int i = 0; i < most_wrappers; ++i) {
        const Dict* inner = unwrapped_once(pickle, *dict);
        dict = inner == nullptr ? dict : inner;
    }
    const std::vector<Entry> entries = list_tensors(pickle, *dict, weights);
    check_total(entries, file_bytes);
    std::span<const std::byte> bytes;
    std::size_t bytes_read = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const TensorRef& tensor = *entries[i].tensor;
        const Storage& storage = pickle.storages[tensor.storage];
        if (i == 0 || entries[i - 1].tensor->storage != tensor.storage) {
            bytes = read_storage(storage);
            check_read(bytes_read += bytes.size(), file_bytes);
        }
        try {
            weights.add(*entries[i].name, read_view(bytes, *storage.element, tensor.view));
        } catch (const Error& error) {
            throw error.with_context(printable_name(*entries[i].name));
        }
    }
    weights.remove_common_prefixes();
    return weights;
}

} // namespace kizuna::torch
