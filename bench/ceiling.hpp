#pragma once

#include <optional>

// What the processor could do if it did nothing but multiply and add: the measure for kernels.

/// All numbers count every multiplication and addition, per second, on as many threads at once.
struct Ceiling {
    double fp32 = 0;                    ///< with the widest vectors of this processor
    std::optional<double> bf16_vectors; ///< AVX512-BF16
    std::optional<double> bf16_tiles;   ///< AMX
};

/// Takes about half a second.
[[nodiscard]] Ceiling measure_ceiling(int threads);
