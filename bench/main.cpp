// kizuna_bench --peers[=FILE.json]   against what else there is
// kizuna_bench --host[=FILE.json]    what a host pays for having the library in its process
// kizuna_bench [--big] [Google Benchmark's options]
#include "child_process.hpp"
#include "host.hpp"
#include "peers.hpp"
#include "upscale_bench.hpp"

#include <algorithm>
#include <string_view>

#include <benchmark/benchmark.h>

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
