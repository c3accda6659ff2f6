#include "pictures.hpp"

#include <cstdint>
#include <cstdlib>
#include <kizuna/error.hpp>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace py = pybind11;

namespace kizuna_python {

namespace {

kizuna::SampleType sample_type(const py::dtype& type) {
    const char kind = type.kind();
    const auto bytes = type.itemsize();
    if (kind == 'u' && bytes == 1) {
        return kizuna::SampleType::u8;
    }
    if (kind == 'u' && bytes == 2) {
        return kizuna::SampleType::u16;
    }
    if (kind == 'f' && bytes == 4) {
        return kizuna::SampleType::f32;
    }
    throw py::type_error(
        "a picture's samples are uint8, uint16 or float32, not " +
        py::str(py::object(type)).cast<std::string>());
}

py::dtype dtype_of(kizuna::SampleType type) {
    return type == kizuna::SampleType::u8    ? py::dtype::of<std::uint8_t>()
           : type == kizuna::SampleType::u16 ? py::dtype::of<std::uint16_t>()
                                             : py::dtype::of<float>();
}

/// In this machine's byte order, with the samples of a row next to each other and no row over another: only
/// such arrays can be read where they lie.
bool has_packed_rows(const py::array& array) {
    py::ssize_t packed = array.itemsize();
    for (py::ssize_t axis = array.ndim() - 1; axis > 0; --axis) {
        if (array.shape(axis) > 1 && array.strides(axis) != packed) {
            return false;
        }
        packed *= array.shape(axis);
    }
    return array.shape(0) == 1 || std::abs(array.strides(0)) >= packed;
}

py::array with_packed_rows(const py::array& array, kizuna::SampleType type) {
    const py::dtype native = dtype_of(type);
    if (array.dtype().equal(native) && has_packed_rows(array)) {
        return array;
    }
    return py::module_::import("numpy").attr("ascontiguousarray")(array, native);
}

std::uint32_t side(py::ssize_t length) {
    if (length < 1 || length > std::numeric_limits<std::uint32_t>::max()) {
        throw kizuna::Error(
            kizuna::ErrorCode::invalid_argument,
            "a picture cannot have " + std::to_string(length) + " rows or columns");
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
        throw kizuna::Error(
            kizuna::ErrorCode::invalid_argument,
            "a picture's shape is (height, width) or (height, width, 1 to 4), not " +
                py::str(array.attr("shape")).cast<std::string>());
    }
    kizuna::ImageInfo info;
    info.height = side(array.shape(0));
    info.width = side(array.shape(1));
    info.format = {static_cast<std::uint8_t>(flat ? 1 : array.shape(2)), sample_type(array.dtype())};
    py::array pixels = with_packed_rows(array, info.format.sample);
    const auto stride = pixels.shape(0) == 1 ? 0 : pixels.strides(0);
    const kizuna::ImageView view(info, static_cast<const std::byte*>(pixels.data()), stride);
    return {std::move(pixels), view, flat};
}

py::array array_of(kizuna::Image&& image, bool flat) {
    auto owner = std::make_unique<kizuna::Image>(std::move(image));
    const kizuna::ImageInfo& info = owner->info();
    std::vector<py::ssize_t> shape{info.height, info.width};
    if (!flat || info.format.channels > 1) {
        shape.push_back(info.format.channels);
    }
    const void* const data = owner->pixels().data();
    const py::capsule capsule(owner.get(), [](void* owned) { delete static_cast<kizuna::Image*>(owned); });
    (void)owner.release(); // the capsule's from here on
    return {dtype_of(info.format.sample), std::move(shape), data, capsule};
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
