// kizuna_bench [--big] [Google Benchmark's options]
#include "upscale_bench.hpp"

#include <algorithm>
#include <string_view>

#include <benchmark/benchmark.h>

int main(int argc, char** argv) {
    char** const end = std::remove_if(
        argv + 1, argv + argc, [](const char* word) { return std::string_view(word) == "--big"; });
    const bool big = end != argv + argc;
    argc = static_cast<int>(end - argv);
    register_upscale_benchmarks(big);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 2;
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
