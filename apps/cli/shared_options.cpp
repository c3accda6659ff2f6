#include "shared_options.hpp"

#include "option_checks.hpp"

#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace kizuna::cli {

namespace {

constexpr int most_threads = 1024;
constexpr int most_devices = 255;
constexpr int longest_tile_side_px = 65536;
constexpr double largest_scale = 1024;

/// "1920x1080" as two numbers; {0, 0} where it is not that.
std::pair<std::uint32_t, std::uint32_t> parse_box(std::string_view text) {
    const std::size_t cross = text.find_first_of("xX");
    if (cross == std::string_view::npos) {
        return {};
    }
    const auto side = [](std::string_view digits) {
        std::uint32_t value = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size() ? value : 0;
    };
    const std::uint32_t width = side(text.substr(0, cross));
    const std::uint32_t height = side(text.substr(cross + 1));
    return width == 0 || height == 0 ? std::pair<std::uint32_t, std::uint32_t>{} : std::pair{width, height};
}

std::string check_box(const std::string& text) {
    return parse_box(text).first != 0 ? std::string()
                                      : fmt::format("'{}' is not a size like 1920x1080", text);
}

/// The numbers go behind the provider's name, when both are known.
void add_device_options(CLI::App& app, EngineOptions& engine) {
    app.add_option(
           "--provider", engine.provider,
           "What computes ('kizuna devices' lists them); several, with commas, share the work")
        ->type_name("NAME[:N],...")
        ->capture_default_str()
        ->group("Network");
    const auto numbers = std::make_shared<std::vector<int>>();
    app.add_option("--device", *numbers, "Which of the provider's devices; several, as 0,1, share the work")
        ->transform(whole_number(0, most_devices))
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("N,...")
        ->group("Network");
    app.parse_complete_callback([numbers, &engine] {
        if (numbers->empty()) {
            return;
        }
        if (engine.provider.find_first_of(":,") != std::string::npos) {
            throw CLI::ValidationError("--device", "the provider has numbers already, or is several");
        }
        std::string devices;
        for (const int number : *numbers) {
            devices += fmt::format("{}{}:{}", devices.empty() ? "" : ",", engine.provider, number);
        }
        engine.provider = devices;
    });
}

} // namespace

void add_size_options(CLI::App& app, UpscaleOptions& options) {
    constexpr std::uint32_t longest_side = std::numeric_limits<std::int32_t>::max();
    auto* scale = app.add_option("-s,--scale", options.scale, "Size of the result as a factor, 1.5 too")
                      ->check(number_between<double>(
                          std::numeric_limits<double>::min(), largest_scale,
                          fmt::format("a number above 0 and at most {}, like 2 or 1.5", largest_scale)))
                      ->type_name("FACTOR")
                      ->group("Size");
    auto* width =
        app.add_option("--width", options.width_px, "Width of the result; the height follows if not given")
            ->transform(whole_number(1, longest_side))
            ->type_name("PIXELS")
            ->group("Size");
    auto* height =
        app.add_option("--height", options.height_px, "Height of the result; the width follows if not given")
            ->transform(whole_number(1, longest_side))
            ->type_name("PIXELS")
            ->group("Size");
    const auto set_box = [&options](const std::string& text) {
        const auto [box_width, box_height] = parse_box(text);
        options.width_px = box_width;
        options.height_px = box_height;
        options.fit = true;
    };
    app.add_option_function<std::string>("--fit", set_box, "The largest size inside this box, aspect kept")
        ->check(check_box)
        ->type_name("WxH")
        ->group("Size")
        ->excludes(scale, width, height);
    scale->excludes(width, height);
    app.add_option("--max-pixels", options.max_pixels, "Refuse pictures larger than this, before or after")
        ->transform(whole_number(1, std::numeric_limits<std::int64_t>::max()))
        ->type_name("N")
        ->capture_default_str()
        ->group("Size");
}

CLI::Option* add_model_option(CLI::App& app, ModelWish& model, std::string_view otherwise) {
    return app
        .add_option(
            "-m,--model", model.model,
            fmt::format("A network, series ('kizuna models' lists them), file or folder; {}", otherwise))
        ->type_name("NAME|FILE")
        ->check(check_not_empty);
}

void add_network_options(CLI::App& app, ModelWish& model, UpscaleOptions& upscale, EngineOptions& engine) {
    add_model_option(app, model, "by size and denoising if not given")->group("Network");
    add_choice<std::string>(
        app, "--denoise", model.denoise,
        {{"conservative", "conservative"}, {"none", "none"}, {"0", "0"}, {"1", "1"}, {"2", "2"}, {"3", "3"}},
        "Take the network that removes so much noise")
        ->group("Network");
    app.add_option("--tile", upscale.tile_px, "Side of a tile; 0 = as the memory allows")
        ->transform(whole_number(0, longest_tile_side_px))
        ->type_name("PIXELS")
        ->capture_default_str()
        ->group("Network");
    app.add_option("--overlap", upscale.overlap_px, "What feathered tiles share with their neighbours")
        ->transform(whole_number(0, longest_tile_side_px))
        ->type_name("PIXELS")
        ->capture_default_str()
        ->group("Network");
    add_choice<Blend>(
        app, "--blend", upscale.blend,
        {{"auto", Blend::automatic}, {"exact", Blend::exact}, {"feather", Blend::feather}},
        "How tiles become one picture; auto: exact where the network allows it")
        ->group("Network");
    app.add_flag("--tta", upscale.tta, "Mean over 8 turns and flips: a little better, 8 times slower")
        ->group("Network");
    app.add_option(
           "--syncgap", upscale.syncgap,
           "Means that tiles share, for Real-CUGAN and cunet: 1 exact, 2 and 3 faster, 0 none")
        ->transform(whole_number(0, 3))
        ->type_name("0-3")
        ->capture_default_str()
        ->group("Network");
    add_device_options(app, engine);
    app.add_option("--threads", engine.threads, "Processor threads; 0 = all")
        ->transform(whole_number(0, most_threads))
        ->type_name("N")
        ->capture_default_str()
        ->group("Network");
    add_choice<Precision>(
        app, "--precision", engine.precision,
        {{"auto", Precision::automatic},
         {"fp32", Precision::fp32},
         {"bf16", Precision::bf16},
         {"fp16", Precision::fp16}},
        "What the device computes with; fp16: faster on cards, bf16: on processors that have it")
        ->group("Network");
}

void add_report_options(CLI::App& app, ReportOptions& reports) {
    add_choice<ProgressMode>(
        app, "--progress", reports.progress,
        {{"auto", ProgressMode::automatic},
         {"always", ProgressMode::always},
         {"never", ProgressMode::never},
         {"json", ProgressMode::json}},
        "Bar on standard error; auto: if that is a terminal; json: JSON lines")
        ->group("Reports");
    app.add_option("--profile", reports.profile, "Write what took how long, for Perfetto or chrome://tracing")
        ->type_name("FILE")
        ->group("Reports");
    auto* verbose =
        app.add_flag("-v,--verbose", reports.verbose, "Say more: device, tiles, where the time went")
            ->group("Reports");
    app.add_flag("-q,--quiet", reports.quiet, "Say nothing but errors")->group("Reports")->excludes(verbose);
}

} // namespace kizuna::cli
