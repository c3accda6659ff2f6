#pragma once

#include <filesystem>

/// A network that is nothing but products of large matrices: convolutions of 1×1 pixel. What a card does with
/// it is what it could do with any other.
struct MatrixNetwork {
    std::filesystem::path file; ///< ONNX, in the folder for temporary files
    double flop_per_pixel = 0;  ///< multiplications and additions
};

[[nodiscard]] MatrixNetwork matrix_network(int channels, int layers);
