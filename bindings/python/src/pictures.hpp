#pragma once

#include <cstddef>
#include <kizuna/image.hpp>
#include <pybind11/numpy.h>
#include <vector>

namespace kizuna_python {

/// An array's pixels, as they lie there.
struct ArrayPixels {
    pybind11::array array; ///< whose pixels they are: a copy only where those of a row lie apart
    kizuna::ImageView view;
    bool flat = false; ///< height x width, without an axis for channels
};

/// Raises ValueError or TypeError for what is no picture.
ArrayPixels pixels_of(const pybind11::object& object);

/// An array that owns the picture's memory: nothing is copied. Grey is height x width where `flat`.
pybind11::array array_of(kizuna::Image&& image, bool flat);

/// What lies in a bytes-like object, copied.
std::vector<std::byte> bytes_of(const pybind11::buffer& buffer);

pybind11::bytes python_bytes(const std::vector<std::byte>& bytes);

} // namespace kizuna_python
