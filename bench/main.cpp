// kizuna_bench --peers[=FILE.json]
// kizuna_bench [--big] [Google Benchmark's options]
#include "child_process.hpp"
#include "peers.hpp"
#include "upscale_bench.hpp"

#include <algorithm>
#include <string_view>

#include <benchmark/benchmark.h>

int main(int argc, char** argv) {
    constexpr std::string_view peers = "--peers";
    constexpr std::string_view peers_into = "--peers=";
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first == "--child" && argc > 2) {
        return be_parent(argv + 2);
    }
    if (first == peers) {
        return compare_with_peers({});
    }
    if (first.substr(0, peers_into.size()) == peers_into) {
        return compare_with_peers(first.substr(peers_into.size()));
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
