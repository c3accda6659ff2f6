#include "formats/torch/torch.hpp"

#include "base/byte_stream.hpp"
#include "base/checked.hpp"
#include "formats/torch/archive.hpp"
#include "formats/torch/legacy.hpp"
#include "formats/torch/pickle.hpp"
#include "formats/torch/state_dict.hpp"

#include "kizuna/error.hpp"

#include <string_view>

#include <fmt/format.h>

namespace kizuna {

namespace {

using namespace torch;

void check_byte_order(const Archive& archive) {
    if (!archive.has("byteorder")) { // little-endian, from before there was the entry
        return;
    }
    const auto bytes = archive.read("byteorder");
    const std::string_view order = as_text(bytes);
    if (order != "little") {
        throw Error(ErrorCode::unsupported, "it was written by a big-endian machine");
    }
}

Weights read_archive(std::span<const std::byte> bytes) {
    const Archive archive(bytes);
    if (archive.has("constants.pkl")) {
        throw Error(
            ErrorCode::unsupported,
            "it is a TorchScript program, and not the weights alone (a state_dict), which are read");
    }
    check_byte_order(archive);
    const auto program = archive.read("data.pkl");
    const Unpickled pickle = unpickle(program);
    const auto read_storage = [&](const Storage& storage) {
        const auto length = checked_mul(static_cast<std::size_t>(storage.count), storage.element_bytes);
        const auto numbers = archive.read("data/" + storage.key);
        if (numbers.size() != length) {
            throw Error(
                ErrorCode::corrupt, fmt::format(
                                        "the storage {} has {} bytes, not {}", printable_name(storage.key),
                                        numbers.size(), length));
        }
        return numbers;
    };
    return collect_weights(pickle, read_storage, bytes.size());
}

} // namespace

bool is_torch(std::span<const std::byte> bytes) {
    return is_archive(bytes) || is_pickle(bytes);
}

Weights read_torch(std::span<const std::byte> bytes) {
    if (is_archive(bytes)) {
        return read_archive(bytes);
    }
    if (is_pickle(bytes)) {
        return read_legacy(bytes);
    }
    throw Error(ErrorCode::corrupt, "this is no file that torch.save wrote");
}

} // namespace kizuna
