#include "service/measurements.hpp"

#include "base/atomic_file.hpp"
#include "base/byte_stream.hpp"
#include "base/log.hpp"
#include "service/cards.hpp"
#include "service/digest.hpp"
#include "service/json_object.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <mutex>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_measurements_bytes = std::uint64_t{1} << 20U; // thousands of lines
constexpr std::int64_t largest_tile_px = 65'536;
constexpr std::uint64_t most_devices = 1'024;

/// What of an operator decides how long it takes: sizes, not weights.
std::string work_of(const Operator& op) {
    const auto sizes = [](const auto& of) -> std::string {
        using Kind = std::decay_t<decltype(of)>;
        if constexpr (std::is_same_v<Kind, Input>) {
            return std::to_string(of.channels);
        } else if constexpr (std::is_same_v<Kind, Conv2d> || std::is_same_v<Kind, ConvTranspose2d>) {
            return fmt::format(
                "{} {} {} {}", to_string(of.weight.shape), fmt::join(of.stride, ","),
                fmt::join(of.dilation, ","), of.groups);
        } else if constexpr (std::is_same_v<Kind, PixelShuffle> || std::is_same_v<Kind, PixelUnshuffle>) {
            return std::to_string(of.factor);
        } else if constexpr (std::is_same_v<Kind, Resize>) {
            return fmt::format("{} {} {}", static_cast<int>(of.mode), of.scale_h, of.scale_w);
        } else {
            return {};
        }
    };
    return fmt::format("{} {}", operator_name(op), std::visit(sizes, op));
}

std::string work_of(const Network& network) {
    if (!network.graph) {
        return sha256_of(network.onnx);
    }
    const auto& fixed = network.spec.fixed_input;
    std::string text = fixed ? fmt::format("{}x{}\n", fixed->width, fixed->height) : "";
    for (const Node& node : network.graph->nodes) {
        text += fmt::format("{} {}\n", work_of(node.op), fmt::join(node.inputs, ","));
    }
    return sha256_of(std::as_bytes(std::span(text)));
}

/// 0 where it is not there.
double parse_quantity(const JsonObject& json, const char* name) {
    const auto* found = json.find(name);
    if (found == nullptr) {
        return 0;
    }
    if (!found->is_number() || !(found->get<double>() >= 0)) {
        json.refuse(name, "a number, not below 0");
    }
    return found->get<double>();
}

Precision parse_precision(const JsonObject& json) {
    const std::string text = json.text("precision");
    for (const Precision precision :
         {Precision::automatic, Precision::fp32, Precision::bf16, Precision::fp16}) {
        if (text == to_string(precision)) {
            return precision;
        }
    }
    json.refuse("precision", "auto, fp32, bf16 or fp16");
}

Measurement parse_measurement(const JsonObject& json) {
    Measurement measurement;
    measurement.network = json.text("network");
    measurement.name = json.optional_text("name").value_or("");
    measurement.provider = json.text("provider");
    measurement.device = static_cast<int>(json.number("device", 0, most_devices));
    measurement.hardware = json.text("hardware");
    measurement.precision = parse_precision(json);
    measurement.tile_px =
        static_cast<std::int64_t>(json.optional_number("tile_px", 0, largest_tile_px).value_or(0));
    measurement.megapixels_per_second = parse_quantity(json, "megapixels_per_second");
    measurement.bytes_per_pixel = parse_quantity(json, "bytes_per_pixel");
    return measurement;
}

JsonObject::Json as_json(const Measurement& measurement) {
    JsonObject::Json json{
        {"network", measurement.network},   {"name", measurement.name},
        {"provider", measurement.provider}, {"device", measurement.device},
        {"hardware", measurement.hardware}, {"precision", to_string(measurement.precision)}};
    if (measurement.tile_px > 0) {
        json["tile_px"] = measurement.tile_px;
    }
    for (const auto& [name, quantity] :
         {std::pair("megapixels_per_second", measurement.megapixels_per_second),
          std::pair("bytes_per_pixel", measurement.bytes_per_pixel)}) {
        if (quantity > 0) {
            json[name] = quantity;
        }
    }
    return json;
}

/// Empty where there is none, or it cannot be read: it is a help, no more.
std::vector<Measurement> read_measurements(const fs::path& path) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
        return {};
    }
    try {
        const auto bytes = read_file(path, max_measurements_bytes);
        return parse_measurements(as_text(bytes), path.string());
    } catch (const Error& error) {
        log(LogLevel::warning,
            fmt::format("{}; what was measured is of no use until it is measured again", error.what()));
        return {};
    }
}

/// nullptr where there is none.
const Measurement* find(const std::vector<Measurement>& all, const Candidate& candidate, int device) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Measurement& each) {
        return each.provider == candidate.provider.name && each.device == device;
    });
    return found != all.end() ? &*found : nullptr;
}

} // namespace

std::vector<Measurement> parse_measurements(std::string_view text, const std::string& what) {
    const auto json = JsonObject::parse(text, what);
    std::vector<Measurement> measurements;
    for (const auto& element : JsonObject(json, what).array("measured")) {
        measurements.push_back(parse_measurement({element, what + ": a line"}));
    }
    return measurements;
}

std::string write_measurements(std::span<const Measurement> measurements) {
    JsonObject::Json json = JsonObject::Json::object();
    json["measured"] = JsonObject::Json::array();
    for (const Measurement& measurement : measurements) {
        json["measured"].push_back(as_json(measurement));
    }
    constexpr int indent = 1;
    return json.dump(indent, ' ', false, JsonObject::Json::error_handler_t::replace) + "\n";
}

std::string hardware_of(const Candidate& candidate, int device) {
    const Card card = card_of(candidate.provider.name, device).value_or(Card{});
    return fmt::format(
        "{}; {}; driver {}", candidate.engine->description(), card.name.empty() ? "unknown" : card.name,
        card.driver.empty() ? "none" : card.driver);
}

std::vector<Measurement> measurements_of(const Network& network, const fs::path& file) {
    std::vector<Measurement> measurements = read_measurements(file);
    if (!measurements.empty()) {
        const std::string work = work_of(network);
        std::erase_if(measurements, [&](const Measurement& each) { return each.network != work; });
    }
    return measurements;
}

std::optional<Measurement>
measurement_of(const std::vector<Measurement>& all, const Candidate& candidate, int device) {
    const Measurement* const found = find(all, candidate, device);
    if (found == nullptr || found->hardware != hardware_of(candidate, device)) {
        return std::nullopt;
    }
    return *found;
}

std::vector<Candidate> in_measured_order(
    std::vector<Candidate> candidates, const std::vector<Measurement>& measurements, int device) {
    constexpr double clearly_faster = 1.1;
    std::optional<std::size_t> first;
    std::size_t best = 0;
    double best_speed = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const Measurement* const found = find(measurements, candidates[i], device);
        // Only who could be the best is looked at: that may mean to load its engine's library.
        if (found == nullptr || found->megapixels_per_second <= best_speed * clearly_faster ||
            found->hardware != hardware_of(candidates[i], device)) {
            continue;
        }
        first = first.value_or(i);
        best = i;
        best_speed = found->megapixels_per_second;
    }
    if (first) {
        const auto begin = candidates.begin();
        std::rotate(
            begin + static_cast<std::ptrdiff_t>(*first), begin + static_cast<std::ptrdiff_t>(best),
            begin + static_cast<std::ptrdiff_t>(best) + 1);
    }
    return candidates;
}

void keep_measurements(const Network& network, const fs::path& file, std::vector<Measurement> measurements) {
    const std::string work = work_of(network);
    static std::mutex one_at_a_time; // of this process; what another one's line is lost for is measured again
    const std::lock_guard lock(one_at_a_time);
    std::vector<Measurement> kept = read_measurements(file);
    for (Measurement& measurement : measurements) {
        measurement.network = work;
        measurement.name = network.spec.name;
        std::erase_if(kept, [&](const Measurement& each) {
            return each.network == work && each.provider == measurement.provider &&
                   each.device == measurement.device;
        });
        kept.push_back(std::move(measurement));
    }
    const std::string text = write_measurements(kept);
    make_folder(file.parent_path());
    AtomicFile out(file, AtomicFile::IfExists::replace);
    out.write(std::as_bytes(std::span(text)));
    out.commit();
}

} // namespace kizuna
