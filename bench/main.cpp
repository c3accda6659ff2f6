// kizuna_bench --peers[=FILE.json]   against what else there is
// kizuna_bench --host[=FILE.json]    what a host pays for having the library in its process
// kizuna_bench --gpu[=FILE.json] [--provider=NAME] [--small]   what a card does
// kizuna_bench [--big] [Google Benchmark's options]
#include "child_process.hpp"
#include "gpu.hpp"
#include "host.hpp"
#include "peers.hpp"
#include "upscale_bench.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include <benchmark/benchmark.h>

namespace {

int measure_gpu(std::string_view json, int argc, char** argv) {
    GpuBench bench{.json = json};
    constexpr std::string_view provider = "--provider=";
    for (int i = 2; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--small") {
            bench.small = true;
        } else if (word.starts_with(provider)) {
            bench.provider = word.substr(provider.size());
        } else {
            std::fprintf(stderr, "--gpu does not know %s\n", argv[i]);
            return 2;
        }
    }
    return measure_gpu(bench);
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first == "--child" && argc > 2) {
        return be_parent(argv + 2);
    }
    const std::string_view table = first.substr(0, first.find('='));
    const std::string_view json = first.substr(std::min(first.size(), table.size() + 1));
    if (table == "--peers") {
        return compare_with_peers(json);
    }
    if (table == "--host") {
        return measure_host(json);
    }
    if (table == "--gpu") {
        return measure_gpu(json, argc, argv);
    }
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
