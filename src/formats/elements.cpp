#include "formats/elements.hpp"

#include "base/checked.hpp"
#include "base/half.hpp"

#include "kizuna/error.hpp"

#include <bit>
#include <cstring>

namespace kizuna {

namespace {

template <typename T>
T load(const std::byte* bytes) {
    static_assert(std::endian::native == std::endian::little, "files are little-endian");
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

float decode(Element element, const std::byte* bytes) {
    switch (element) {
    case Element::float32:
        return load<float>(bytes);
    case Element::float16:
        return from_half(load<std::uint16_t>(bytes));
    case Element::bfloat16: // the upper half of a float32
        return std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(bytes)} << 16U);
    case Element::float64:
        break;
    }
    return static_cast<float>(load<double>(bytes));
}

[[noreturn]] void throw_outside() {
    throw Error(ErrorCode::corrupt, "a tensor in it reaches beyond its stored numbers");
}

void check_inside(const StoredView& view, std::size_t stored_count) {
    if (view.shape.size() != view.strides.size() || view.shape.size() > most_sides) {
        throw Error(ErrorCode::corrupt, "a tensor in it has a shape that makes no sense");
    }
    const std::size_t count = weight_count(view.shape);
    if (view.offset < 0 || count > stored_count) {
        throw_outside();
    }
    std::int64_t last = view.offset;
    for (std::size_t i = 0; i < view.shape.size() && count > 0; ++i) {
        if (view.strides[i] < 0) {
            throw_outside();
        }
        last = checked_add(last, checked_mul(view.shape[i] - 1, view.strides[i]));
    }
    if (count > 0 && !std::cmp_less(last, stored_count)) {
        throw_outside();
    }
}

} // namespace

std::size_t element_bytes(Element element) noexcept {
    switch (element) {
    case Element::float16:
    case Element::bfloat16:
        return 2;
    case Element::float32:
        return 4;
    case Element::float64:
        break;
    }
    return 8;
}

std::vector<std::int64_t> packed_strides(const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> strides(shape.size());
    std::int64_t stride = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
        strides[i] = stride;
        stride = checked_mul(stride, shape[i], "a tensor's size");
    }
    return strides;
}

WeightTensor read_view(std::span<const std::byte> stored, Element element, const StoredView& view) {
    const std::size_t size = element_bytes(element);
    check_inside(view, stored.size() / size);
    WeightTensor tensor{view.shape, std::vector<float>(weight_count(view.shape))};
    std::vector<std::int64_t> position(view.shape.size());
    std::int64_t source = view.offset;
    for (float& value : tensor.data) {
        value = decode(element, stored.data() + (static_cast<std::size_t>(source) * size));
        for (std::size_t axis = position.size(); axis-- > 0;) { // on to the next number, the last axis first
            source += view.strides[axis];
            if (++position[axis] < view.shape[axis]) {
                break;
            }
            source -= view.strides[axis] * view.shape[axis];
            position[axis] = 0;
        }
    }
    return tensor;
}

} // namespace kizuna
