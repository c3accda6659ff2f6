#include "pictures.hpp"

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

namespace py = pybind11;

namespace kizuna_python {

namespace {

template <typename Sample>
py::array packed(const py::array& array) {
    auto result = py::array_t<Sample, py::array::c_style>::ensure(array); // copies only where it must
    if (!result) {
        throw py::error_already_set();
    }
    return result;
}

std::pair<py::array, kizuna::SampleType> packed_samples(const py::array& array) {
    const char kind = array.dtype().kind();
    const auto bytes = array.itemsize();
    if (kind == 'u' && bytes == 1) {
        return {packed<std::uint8_t>(array), kizuna::SampleType::u8};
    }
    if (kind == 'u' && bytes == 2) {
        return {packed<std::uint16_t>(array), kizuna::SampleType::u16};
    }
    if (kind == 'f' && bytes == 4) {
        return {packed<float>(array), kizuna::SampleType::f32};
    }
    throw py::type_error(
        "a picture's samples are uint8, uint16 or float32, not " +
        py::str(array.dtype()).cast<std::string>());
}

std::uint32_t side(py::ssize_t length) {
    if (length < 1 || length > std::numeric_limits<std::uint32_t>::max()) {
        throw py::value_error("a picture cannot have " + std::to_string(length) + " rows or columns");
    }
    return static_cast<std::uint32_t>(length);
}

} // namespace

ArrayPixels pixels_of(const py::object& object) {
    if (!py::isinstance<py::array>(object)) {
        throw py::type_error(
            "a picture is a numpy array or a PIL image, not " +
            py::str(py::type::of(object).attr("__name__")).cast<std::string>());
    }
    const auto array = py::reinterpret_borrow<py::array>(object);
    constexpr py::ssize_t most_channels = 4;
    const bool flat = array.ndim() == 2;
    if (!flat && (array.ndim() != 3 || array.shape(2) < 1 || array.shape(2) > most_channels)) {
        throw py::value_error(
            "a picture's shape is (height, width) or (height, width, 1 to 4), not " +
            py::str(array.attr("shape")).cast<std::string>());
    }
    ArrayPixels pixels;
    pixels.flat = flat;
    pixels.info.height = side(array.shape(0));
    pixels.info.width = side(array.shape(1));
    pixels.info.format.channels = static_cast<std::uint8_t>(flat ? 1 : array.shape(2));
    std::tie(pixels.contiguous, pixels.info.format.sample) = packed_samples(array);
    pixels.data = static_cast<const std::byte*>(pixels.contiguous.data());
    return pixels;
}

kizuna::Image image_of(const ArrayPixels& pixels) {
    kizuna::Image image(pixels.info);
    std::memcpy(image.pixels().data(), pixels.data, image.pixels().size());
    return image;
}

py::array array_of(kizuna::Image&& image, bool flat) {
    auto owner = std::make_unique<kizuna::Image>(std::move(image));
    const kizuna::ImageInfo& info = owner->info();
    const py::dtype dtype = info.format.sample == kizuna::SampleType::u8    ? py::dtype::of<std::uint8_t>()
                            : info.format.sample == kizuna::SampleType::u16 ? py::dtype::of<std::uint16_t>()
                                                                            : py::dtype::of<float>();
    std::vector<py::ssize_t> shape{info.height, info.width};
    if (!flat || info.format.channels > 1) {
        shape.push_back(info.format.channels);
    }
    const void* const data = owner->pixels().data();
    const py::capsule capsule(owner.get(), [](void* owned) { delete static_cast<kizuna::Image*>(owned); });
    (void)owner.release(); // the capsule's from here on
    return {dtype, std::move(shape), data, capsule};
}

std::vector<std::byte> bytes_of(const py::buffer& buffer) {
    Py_buffer view{};
    if (PyObject_GetBuffer(buffer.ptr(), &view, PyBUF_C_CONTIGUOUS) != 0) {
        throw py::error_already_set();
    }
    const std::unique_ptr<Py_buffer, decltype(&PyBuffer_Release)> release(&view, &PyBuffer_Release);
    const auto* first = static_cast<const std::byte*>(view.buf);
    return {first, first + view.len};
}

py::bytes python_bytes(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace kizuna_python
