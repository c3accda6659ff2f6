#include "formats/torch/globals.hpp"

#include "formats/architectures/weights.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace kizuna::torch {

namespace {

enum class Role : std::uint8_t { dictionary, tensor_v1, tensor_v2, parameter, storage };

struct Row {
    std::string_view module;
    std::string_view name;
    Role role;
    std::size_t element_bytes = 0; // for storages
    std::optional<Element> element;
};

constexpr std::array table{
    Row{"collections", "OrderedDict", Role::dictionary, 0, std::nullopt},
    Row{"torch._utils", "_rebuild_tensor", Role::tensor_v1, 0, std::nullopt},
    Row{"torch._utils", "_rebuild_tensor_v2", Role::tensor_v2, 0, std::nullopt},
    Row{"torch._utils", "_rebuild_parameter", Role::parameter, 0, std::nullopt},
    Row{"torch", "FloatStorage", Role::storage, 4, Element::float32},
    Row{"torch", "HalfStorage", Role::storage, 2, Element::float16},
    Row{"torch", "BFloat16Storage", Role::storage, 2, Element::bfloat16},
    Row{"torch", "DoubleStorage", Role::storage, 8, Element::float64},
    Row{"torch", "LongStorage", Role::storage, 8, std::nullopt},
    Row{"torch", "IntStorage", Role::storage, 4, std::nullopt},
    Row{"torch", "ShortStorage", Role::storage, 2, std::nullopt},
    Row{"torch", "CharStorage", Role::storage, 1, std::nullopt},
    Row{"torch", "ByteStorage", Role::storage, 1, std::nullopt},
    Row{"torch", "BoolStorage", Role::storage, 1, std::nullopt},
};

constexpr std::size_t longest_key = 256; // PyTorch's own are numbers

std::int64_t integer(const Unpickled& pickle, Ref ref, const char* what) {
    const auto* value = pickle.get<std::int64_t>(ref);
    if (value == nullptr) {
        corrupt(fmt::format("a tensor's {} should be a whole number", what));
    }
    return *value;
}

std::vector<std::int64_t> integers(const Unpickled& pickle, Ref ref, const char* what) {
    const auto* tuple = pickle.get<Tuple>(ref);
    if (tuple == nullptr || tuple->items.size() > most_sides) {
        corrupt(fmt::format("a tensor's {} should be a tuple of a few numbers", what));
    }
    std::vector<std::int64_t> values;
    values.reserve(tuple->items.size());
    for (const Ref item : tuple->items) {
        values.push_back(integer(pickle, item, what));
    }
    return values;
}

/// Hooks are functions that PyTorch would call with the tensor; weights have none.
void need_no_hooks(const Unpickled& pickle, Ref hooks) {
    const auto* dict = pickle.get<Dict>(hooks);
    if (pickle.get<Nothing>(hooks) == nullptr && (dict == nullptr || !dict->items.empty())) {
        throw Error(ErrorCode::unsupported, "a tensor in it has hooks, which weights do not have");
    }
}

TensorRef rebuild_tensor(const Unpickled& pickle, const std::vector<Ref>& arguments, bool has_hooks) {
    // storage, offset, shape, strides; then requires_grad, hooks and, seldom, metadata
    constexpr std::size_t plain = 4;
    constexpr std::size_t hooks = 5;
    if (arguments.size() < (has_hooks ? hooks + 1 : plain)) {
        corrupt("a tensor is made of too few parts");
    }
    const auto* storage = pickle.get<StorageRef>(arguments[0]);
    if (storage == nullptr) {
        corrupt("a tensor is made of something that is no storage");
    }
    if (has_hooks) {
        need_no_hooks(pickle, arguments[hooks]);
    }
    TensorRef tensor{storage->index, {}};
    tensor.view.offset = integer(pickle, arguments[1], "offset");
    tensor.view.shape = integers(pickle, arguments[2], "shape");
    tensor.view.strides = integers(pickle, arguments[3], "strides");
    return tensor;
}

TensorRef rebuild_parameter(const Unpickled& pickle, const std::vector<Ref>& arguments) {
    const auto* tensor = arguments.empty() ? nullptr : pickle.get<TensorRef>(arguments[0]);
    if (tensor == nullptr || arguments.size() != 3) { // the tensor, requires_grad, hooks
        corrupt("a parameter is made of something that is no tensor");
    }
    need_no_hooks(pickle, arguments[2]);
    return *tensor;
}

/// Empty, or from one list of pairs, as Python 2 wrote them.
Dict make_dict(Unpickled& pickle, const std::vector<Ref>& arguments) {
    Dict dict;
    if (arguments.empty()) {
        return dict;
    }
    auto* pairs = std::get_if<List>(&pickle.values[arguments[0]]);
    if (pairs == nullptr || arguments.size() > 1) {
        corrupt("a dictionary is made of something that is no list");
    }
    for (const Ref item : std::exchange(pairs->items, {})) {
        const auto* list = pickle.get<List>(item);
        const auto* tuple = pickle.get<Tuple>(item);
        const auto* pair = list != nullptr ? &list->items : tuple != nullptr ? &tuple->items : nullptr;
        if (pair == nullptr || pair->size() != 2) {
            corrupt("a dictionary is made of something other than pairs");
        }
        dict.items.emplace_back((*pair)[0], (*pair)[1]);
    }
    return dict;
}

const Row& row_of(const Global& global) {
    return table[global.index]; // NOLINT(cppcoreguidelines-pro-bounds-constant-array-index): find_global's
}

} // namespace

Global find_global(std::string_view module, std::string_view name) {
    const auto* found = std::find_if(
        table.begin(), table.end(), [&](const Row& row) { return row.module == module && row.name == name; });
    if (found == table.end()) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "it asks Python for {}.{}, which weights do not need; nothing of it was run. Only files that "
                "hold weights and nothing else (a state_dict) are read",
                printable_name(module), printable_name(name)));
    }
    return {static_cast<std::size_t>(found - table.begin())};
}

Value call(Unpickled& pickle, Ref function, Ref arguments) {
    const auto* global = pickle.get<Global>(function);
    const auto* tuple = pickle.get<Tuple>(arguments);
    if (global == nullptr || tuple == nullptr) {
        throw Error(ErrorCode::unsupported, "it calls something that is no function of PyTorch's");
    }
    switch (row_of(*global).role) {
    case Role::dictionary:
        return make_dict(pickle, tuple->items);
    case Role::tensor_v1:
        return rebuild_tensor(pickle, tuple->items, false);
    case Role::tensor_v2:
        return rebuild_tensor(pickle, tuple->items, true);
    case Role::parameter:
        return rebuild_parameter(pickle, tuple->items);
    case Role::storage:
        break;
    }
    throw Error(
        ErrorCode::unsupported, fmt::format("it calls torch.{}, which weights do not", row_of(*global).name));
}

Storage describe_storage(const Unpickled& pickle, Ref id) {
    // 'storage', its type, its key, the device it was on, its length and, in old files, None
    constexpr std::size_t parts = 5;
    const auto* tuple = pickle.get<Tuple>(id);
    const auto* kind =
        tuple == nullptr || tuple->items.empty() ? nullptr : pickle.get<std::string>(tuple->items[0]);
    if (kind == nullptr || *kind != "storage") {
        throw Error(ErrorCode::unsupported, "it has a persistent id that is no storage of numbers");
    }
    const std::vector<Ref>& items = tuple->items;
    if (items.size() < parts) {
        corrupt("a storage is described by too few parts");
    }
    if (items.size() > parts && pickle.get<Nothing>(items[parts]) == nullptr) {
        throw Error(ErrorCode::unsupported, "it has views of storages, as PyTorch before 0.4 made them");
    }
    const auto* type = pickle.get<Global>(items[1]);
    const auto* key = pickle.get<std::string>(items[2]);
    const auto* count = pickle.get<std::int64_t>(items[4]);
    if (type == nullptr || row_of(*type).role != Role::storage || key == nullptr ||
        key->size() > longest_key || count == nullptr || *count < 0) {
        corrupt("a storage is described by the wrong parts");
    }
    return {*key, row_of(*type).element_bytes, row_of(*type).element, *count};
}

} // namespace kizuna::torch
