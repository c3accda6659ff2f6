#pragma once

#include "formats/elements.hpp"

#include "kizuna/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// What a pickle of weights is made of. Values name one another by index, so that what contains itself, or
// something a million times, costs nothing and needs no recursion.
namespace kizuna::torch {

using Ref = std::uint32_t;

[[noreturn]] inline void corrupt(const std::string& message) {
    throw Error(ErrorCode::corrupt, message);
}

/// The numbers behind tensors: which entry of the file they are, of what kind, and how many.
struct Storage {
    std::string key;
    std::size_t element_bytes = 0;
    std::optional<Element> element; ///< empty for integers, which are no weights
    std::int64_t count = 0;

    friend bool operator==(const Storage&, const Storage&) = default;
};

struct Nothing {};

struct Tuple {
    std::vector<Ref> items;
};

struct List {
    std::vector<Ref> items;
};

/// In the order of the file.
struct Dict {
    std::vector<std::pair<Ref, Ref>> items;
};

/// One of the few names that weights need: an index into the table of globals.cpp.
struct Global {
    std::size_t index = 0;
};

struct StorageRef {
    std::size_t index = 0; ///< into Unpickled::storages
};

struct TensorRef {
    std::size_t storage = 0;
    StoredView view;
};

using Value = std::variant<
    Nothing, bool, std::int64_t, double, std::string, Tuple, List, Dict, Global, StorageRef, TensorRef>;

struct Unpickled {
    std::vector<Value> values;
    std::vector<Storage> storages; ///< each key once
    Ref root = 0;
    std::size_t size = 0; ///< of the pickle in bytes: another one may follow

    [[nodiscard]] const Value& at(Ref ref) const { return values[ref]; }

    /// The value as a T, or nullptr.
    template <typename T>
    [[nodiscard]] const T* get(Ref ref) const {
        return std::get_if<T>(&values[ref]);
    }
};

} // namespace kizuna::torch
