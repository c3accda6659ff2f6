#pragma once

#include <filesystem>
#include <string>

/// What a card does with the networks: whether its results are right in fp32 and fp16, pictures a second, of
/// the network alone and as a whole, the share of its own rate of matrix products, and memory.
struct GpuBench {
    std::string provider; ///< empty: the first that works and is not the processor
    bool small = false;   ///< sizes that a processor can do, to see that the benchmark works
    std::filesystem::path json;
};

/// An exit status: 1 where there is no card, which is said, with the reason for each provider.
[[nodiscard]] int measure_gpu(const GpuBench& bench);
