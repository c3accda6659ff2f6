#pragma once

#include "formats/architectures/test_weights.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Files as torch.save writes them, and as nobody should.
namespace kizuna::test {

inline std::string little_endian(std::uint64_t value, std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes; ++i) {
        text += static_cast<char>(i < 8 ? value >> (8 * i) & 0xFFU : 0);
    }
    return text;
}

inline std::vector<std::byte> as_bytes(std::string_view text) {
    const auto* begin = static_cast<const std::byte*>(static_cast<const void*>(text.data()));
    return {begin, begin + text.size()};
}

/// Instructions one after the other.
class PickleWriter {
  public:
    PickleWriter& raw(std::string_view bytes) {
        body_ += bytes;
        return *this;
    }

    PickleWriter& text(std::string_view value) {
        return raw("X").raw(little_endian(value.size(), 4)).raw(value);
    }

    PickleWriter& integer(std::int64_t value) {
        return raw("\x8a\x08").raw(little_endian(static_cast<std::uint64_t>(value), 8));
    }

    PickleWriter& global(std::string_view module, std::string_view name) {
        return raw("c").raw(module).raw("\n").raw(name).raw("\n");
    }

    PickleWriter& integers(const std::vector<std::int64_t>& values) {
        raw("(");
        for (const std::int64_t value : values) {
            integer(value);
        }
        return raw("t");
    }

    PickleWriter& empty_ordered_dict() { return global("collections", "OrderedDict").raw(")R"); }

    PickleWriter& storage(std::string_view type, std::string_view key, std::int64_t count) {
        raw("(").text("storage").global("torch", type).text(key).text("cpu").integer(count);
        return raw("tQ");
    }

    struct View {
        std::int64_t offset = 0;
        std::vector<std::int64_t> shape;
        std::vector<std::int64_t> strides;
    };

    PickleWriter& tensor(std::string_view type, std::string_view key, std::int64_t count, const View& view) {
        global("torch._utils", "_rebuild_tensor_v2").raw("(");
        storage(type, key, count).integer(view.offset).integers(view.shape).integers(view.strides);
        return raw("\x89").empty_ordered_dict().raw("tR");
    }

    [[nodiscard]] std::string done() const { return "\x80\x02" + body_ + "."; }

  private:
    std::string body_;
};

inline std::uint32_t crc32(std::string_view bytes) {
    constexpr std::uint32_t polynomial = 0xEDB88320U;
    std::uint32_t crc = ~0U;
    for (const char byte : bytes) {
        crc ^= static_cast<std::uint8_t>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? polynomial : 0);
        }
    }
    return ~crc;
}

struct ZipEntry {
    std::string name;
    std::string content;
    int method = 0;            ///< 8 claims that it is deflated
    std::uint64_t claimed = 0; ///< a size that is not true, where it is not 0
    bool overlaps = false;     ///< claims to lie where the entry before it lies, and has the same content
};

/// As PyTorch writes it: sizes and checksum stand behind an entry's bytes, and padding before them, so that
/// they lie at multiples of 64.
inline std::string zip(const std::vector<ZipEntry>& entries) {
    constexpr std::size_t alignment = 64;
    constexpr std::size_t header_bytes = 30;
    constexpr std::size_t extra_header_bytes = 4;
    std::string file;
    std::string directory;
    std::size_t place = 0;
    for (const ZipEntry& entry : entries) {
        place = entry.overlaps ? place : file.size();
        const std::uint64_t size = entry.claimed != 0 ? entry.claimed : entry.content.size();
        const std::string kind = little_endian(0, 2) + little_endian(0x0808, 2) +
                                 little_endian(static_cast<std::uint64_t>(entry.method), 2) +
                                 little_endian(0, 4);
        const std::string sums =
            little_endian(crc32(entry.content), 4) + little_endian(size, 4) + little_endian(size, 4);
        const std::string name_length = little_endian(entry.name.size(), 2);
        directory += "PK\x01\x02" + little_endian(0, 2) + kind + sums + name_length + little_endian(0, 2) +
                     little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 4) +
                     little_endian(place, 4) + entry.name;
        if (entry.overlaps) {
            continue;
        }
        const std::size_t begin = file.size() + header_bytes + entry.name.size() + extra_header_bytes;
        const std::size_t padding = (alignment - (begin % alignment)) % alignment;
        file += "PK\x03\x04" + kind + little_endian(0, 12) + name_length +
                little_endian(extra_header_bytes + padding, 2) + entry.name + "FB" +
                little_endian(padding, 2) + std::string(padding, 'Z') + entry.content + "PK\x07\x08" + sums;
    }
    const std::size_t start = file.size();
    return file + directory + "PK\x05\x06" + little_endian(0, 4) + little_endian(entries.size(), 2) +
           little_endian(entries.size(), 2) + little_endian(directory.size(), 4) + little_endian(start, 4) +
           little_endian(0, 2);
}

inline std::string floats(const std::vector<float>& values) {
    std::string bytes;
    for (const float value : values) {
        bytes += little_endian(std::bit_cast<std::uint32_t>(value), 4);
    }
    return bytes;
}

inline std::vector<std::int64_t> strides_of(const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> strides(shape.size(), 1);
    for (std::size_t i = shape.size(); i-- > 1;) {
        strides[i - 1] = strides[i] * shape[i];
    }
    return strides;
}

/// A dictionary of float32 tensors, each with a storage of its own, keys "0", "1", ….
inline void write_state(PickleWriter& pickle, const StateDict& state) {
    pickle.empty_ordered_dict().raw("(");
    for (std::size_t i = 0; i < state.size(); ++i) {
        const WeightTensor& tensor = state[i].tensor;
        pickle.text(state[i].name)
            .tensor(
                "FloatStorage", std::to_string(i), static_cast<std::int64_t>(tensor.data.size()),
                {0, tensor.shape, strides_of(tensor.shape)});
    }
    pickle.raw("u");
}

inline std::string archive_of(const std::string& pickle, const StateDict& state) {
    std::vector<ZipEntry> entries{{"archive/data.pkl", pickle}, {"archive/byteorder", "little"}};
    for (std::size_t i = 0; i < state.size(); ++i) {
        entries.push_back({"archive/data/" + std::to_string(i), floats(state[i].tensor.data)});
    }
    entries.push_back({"archive/version", "3\n"});
    return zip(entries);
}

inline std::string pth_file(const StateDict& state) {
    PickleWriter pickle;
    write_state(pickle, state);
    return archive_of(pickle.done(), state);
}

inline std::string legacy_header() {
    PickleWriter facts;
    facts.raw("}(").text("little_endian").raw("\x88u");
    const std::string magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
    return magic + PickleWriter().integer(1001).done() + facts.done();
}

inline std::string legacy_file(const StateDict& state) {
    PickleWriter pickle;
    write_state(pickle, state);
    PickleWriter keys;
    keys.raw("](");
    std::string numbers;
    for (std::size_t i = 0; i < state.size(); ++i) {
        keys.text(std::to_string(i));
        numbers += little_endian(state[i].tensor.data.size(), 8) + floats(state[i].tensor.data);
    }
    return legacy_header() + pickle.done() + keys.raw("e").done() + numbers;
}

} // namespace kizuna::test
