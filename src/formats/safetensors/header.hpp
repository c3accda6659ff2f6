#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The JSON in front of a .safetensors file, which is an object of tensors and nothing else. Only what such a
// header may contain is read: strings, whole numbers, arrays of those, two levels of objects.
namespace kizuna::safetensors {

struct HeaderTensor {
    std::string name;
    std::string type; ///< "F32", "BF16", …
    std::vector<std::int64_t> shape;
    std::int64_t begin = 0; ///< of its bytes, counted from the header's end
    std::int64_t end = 0;
};

struct Header {
    std::vector<HeaderTensor> tensors;
    std::vector<std::pair<std::string, std::string>> metadata;
};

/// Throws Error{corrupt} naming the place where the text stops being such a header.
[[nodiscard]] Header parse_header(std::string_view json);

} // namespace kizuna::safetensors
