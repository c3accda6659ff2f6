#pragma once

#include <cstdint>

// In which forms a Graph can be written as ONNX: what engines that run ONNX may ask for.
namespace kizuna {

/// What the weights are, and the values between operators.
enum class OnnxPrecision : std::uint8_t {
    float32,
    float16, ///< half as large; but for what stays_float32 (half_precision.hpp) says
};

/// How the picture goes in and comes out.
enum class OnnxPicture : std::uint8_t {
    planes, ///< float32, batch × channels × height × width, 0 to 1
    /// uint8, batch × height × width × channels, clipped and rounded half up. A second output, "mean", is
    /// that of all numbers before they are clipped, of each picture, float32: not a number, or infinite,
    /// where one of them is.
    bytes,
};

struct OnnxForm {
    OnnxPrecision precision = OnnxPrecision::float32;
    OnnxPicture picture = OnnxPicture::planes;
};

} // namespace kizuna
