#include "commands.hpp"
#include "console.hpp"
#include "json.hpp"
#include "text.hpp"

#include "kizuna/tuning.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

std::string name_of(const TuneMeasurement& measured) {
    return measured.device == 0 ? measured.provider
                                : fmt::format("{}:{}", measured.provider, measured.device);
}

std::string line(const TuneMeasurement& measured) {
    if (!measured.problem.empty()) {
        return fmt::format("{:<10}  {}", name_of(measured), measured.problem);
    }
    const std::string tiles = measured.tile_px > 0 ? fmt::format("tiles of {}", measured.tile_px) : "";
    return fmt::format(
        "{:<10}  {}  {:<13}  {:>6.3g} MP/s", name_of(measured), to_string(measured.precision), tiles,
        measured.megapixels_per_second);
}

std::string as_json(const TuneMeasurement& measured) {
    JsonFields fields{{"provider", measured.provider}, {"device", measured.device}};
    if (measured.problem.empty()) {
        fields.insert(
            fields.end(), {{"precision", std::string(to_string(measured.precision))},
                           {"tile_px", measured.tile_px},
                           {"megapixels_per_second", measured.megapixels_per_second}});
    } else {
        fields.emplace_back("problem", measured.problem);
    }
    return json_object(fields);
}

std::vector<TuneMeasurement> tune_in_silence(const Model& model, const TuneCommand& command) {
    TuneOptions options;
    options.provider = command.provider;
    if (!command.json) {
        options.progress = [](const TuneMeasurement& measured) {
            print_line(console(), printable(line(measured)));
        };
    }
    const MuteDrivers mute;
    return tune(model, options);
}

} // namespace

int run_tune(const TuneCommand& command) {
    const Model model = Model::load(choose_model(command.model));
    const std::vector<TuneMeasurement> best = tune_in_silence(model, command);
    if (command.json) {
        std::vector<std::string> elements(best.size());
        std::transform(best.begin(), best.end(), elements.begin(), as_json);
        print_line(stdout, json_array(elements));
    } else {
        print_line(
            stdout, printable(fmt::format(
                        "The best of each device for {} and networks of its kind, kept in {}:",
                        model.info().name, tuning_file().string())));
        for (const TuneMeasurement& measured : best) {
            print_line(stdout, printable(line(measured)));
        }
    }
    flush_stdout();
    return success_exit_code;
}

} // namespace kizuna::cli
