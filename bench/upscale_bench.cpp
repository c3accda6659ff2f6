// Whole upscales of PNG files with the default network: where the time goes, and the memory that a process
// needs for it.
#include "upscale_bench.hpp"

#include "child_process.hpp"
#include "sample_picture.hpp"

#include "kizuna/kizuna.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>

namespace {

namespace fs = std::filesystem;

struct Sum {
    double decode = 0;
    double engine = 0;
    double encode = 0;
    double whole = 0;

    void add(const kizuna::UpscaleReport& report) {
        decode += report.decode_seconds;
        engine += report.engine_seconds;
        encode += report.encode_seconds;
        whole += report.seconds;
    }
};

void report_parts(benchmark::State& state, const Sum& sum) {
    const auto mean = [](double seconds) {
        return benchmark::Counter(seconds * 1e3, benchmark::Counter::kAvgIterations);
    };
    state.counters["decode_ms"] = mean(sum.decode);
    state.counters["engine_ms"] = mean(sum.engine);
    state.counters["encode_ms"] = mean(sum.encode);
    // Tiling, colour, and what of encoding was not done beside the network.
    state.counters["rest_ms"] = mean(sum.whole - sum.decode - sum.engine);
}

/// Peak resident memory of `kizuna upscale input` in a process of its own, in bytes. `how_much` is "-q" or
/// "-v", which prints where the time went.
double peak_memory_of_program(const fs::path& input, const char* how_much) {
    const ChildCost cost =
        run_child({kizuna_program(), "upscale", input, "-o", result_file(), "--overwrite", how_much}, false);
    return cost.succeeded ? cost.peak_bytes : 0;
}

void upscale_png(benchmark::State& state, std::uint32_t width, std::uint32_t height) {
    const fs::path input = sample_file(width, height);
    const kizuna::Upscaler upscaler(kizuna::Model::load(kizuna::default_model_name()));
    kizuna::FileOptions options;
    options.overwrite = true;
    Sum sum;
    for (auto _ : state) {
        sum.add(upscaler.upscale_file(input, result_file(), {}, options));
    }
    report_parts(state, sum);
    state.counters["peak_MB"] = peak_memory_of_program(input, "-q") / 1e6;
    fs::remove(result_file());
}

} // namespace

void register_upscale_benchmarks(bool big) {
    struct Size {
        std::uint32_t width;
        std::uint32_t height;
    };

    for (const auto& [width, height] : {Size{256, 256}, Size{640, 360}, Size{1280, 720}}) {
        const std::string name = "upscale_png/" + std::to_string(width) + "x" + std::to_string(height);
        benchmark::RegisterBenchmark(
            name.c_str(),
            [width = width, height = height](benchmark::State& state) { upscale_png(state, width, height); })
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
    }
    if (big) {
        // A quarter of an hour or so: once, in a process of its own, which prints its own parts.
        benchmark::RegisterBenchmark(
            "upscale_png/10000x10000",
            [](benchmark::State& state) {
                constexpr std::uint32_t side = 10'000;
                const fs::path input = sample_file(side, side);
                for (auto _ : state) {
                    state.counters["peak_MB"] = peak_memory_of_program(input, "-v") / 1e6;
                }
                fs::remove(result_file());
            })
            ->Unit(benchmark::kSecond)
            ->UseRealTime()
            ->Iterations(1);
    }
}
