#include "service/tuning_table.hpp"

#include "base/atomic_file.hpp"
#include "base/byte_stream.hpp"
#include "base/log.hpp"
#include "service/cards.hpp"
#include "service/digest.hpp"
#include "service/json_object.hpp"
#include "service/model_library.hpp"

#include "kizuna/error.hpp"
#include "kizuna/tuning.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_table_bytes = std::uint64_t{16} << 20U;
constexpr std::int64_t largest_tile_px = 65'536;
constexpr std::uint64_t most_devices = 1'024;

/// A TunedDevice and its network.
struct Line {
    std::string work; ///< work_of() the network
    std::string name; ///< of the network that was measured; for people
    TunedDevice device;
};

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
    std::string text;
    for (const Node& node : network.graph->nodes) {
        text += fmt::format("{} {}\n", work_of(node.op), fmt::join(node.inputs, ","));
    }
    return sha256_of(std::as_bytes(std::span(text)));
}

Line parse_line(const JsonObject& json) {
    Line line{json.text("network"), json.optional_text("name").value_or(""), {}};
    TunedDevice& device = line.device;
    device.provider = json.text("provider");
    device.device = static_cast<int>(json.number("device", 0, most_devices));
    device.hardware = json.text("hardware");
    const std::string precision = json.text("precision");
    if (precision != to_string(Precision::automatic) && precision != to_string(Precision::fp32)) {
        json.refuse("precision", "auto or fp32");
    }
    device.precision = precision == to_string(Precision::fp32) ? Precision::fp32 : Precision::automatic;
    device.tile_px = static_cast<std::int64_t>(json.number("tile_px", 0, largest_tile_px));
    const auto* speed = json.find("megapixels_per_second");
    if (speed == nullptr || !speed->is_number() || !(speed->get<double>() > 0)) {
        json.refuse("megapixels_per_second", "a number above 0");
    }
    device.megapixels_per_second = speed->get<double>();
    return line;
}

/// Empty where there is none. Throws Error{corrupt}, {io}.
std::vector<Line> read_table(const fs::path& path) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
        return {};
    }
    const auto bytes = read_file(path, max_table_bytes);
    const std::string what = path.string();
    const auto json = JsonObject::parse(
        {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()}, what);
    std::vector<Line> lines;
    for (const auto& element : JsonObject(json, what).array("measured")) {
        lines.push_back(parse_line({element, what + ": a line"}));
    }
    return lines;
}

std::string write_table(const std::vector<Line>& lines) {
    JsonObject::Json json = JsonObject::Json::object();
    json["measured"] = JsonObject::Json::array();
    for (const auto& [work, name, device] : lines) {
        json["measured"].push_back(
            {{"network", work},
             {"name", name},
             {"provider", device.provider},
             {"device", device.device},
             {"hardware", device.hardware},
             {"precision", to_string(device.precision)},
             {"tile_px", device.tile_px},
             {"megapixels_per_second", device.megapixels_per_second}});
    }
    constexpr int indent = 1;
    return json.dump(indent, ' ', false, JsonObject::Json::error_handler_t::replace) + "\n";
}

/// The same, but a table that cannot be read is empty: it is a help, no more.
std::vector<Line> read_table_if_possible(const fs::path& path) {
    try {
        return read_table(path);
    } catch (const Error& error) {
        log(LogLevel::warning,
            fmt::format(
                "{}; what was measured is of no use until 'kizuna tune' measures again", error.what()));
        return {};
    }
}

bool is_of(const TunedDevice& line, const Candidate& candidate, int device) {
    return line.provider == candidate.provider.name && line.device == device;
}

} // namespace

std::string hardware_of(const Candidate& candidate, int device) {
    const Card card = card_of(candidate.provider.name, device).value_or(Card{});
    return fmt::format(
        "{}; {}; driver {}", candidate.engine->description(), card.name.empty() ? "unknown" : card.name,
        card.driver.empty() ? "none" : card.driver);
}

std::vector<TunedDevice> tuned_devices(const Network& network) {
    fs::path path;
    try {
        path = tuning_file();
    } catch (const Error&) { // nobody's: no home, no table
        return {};
    }
    const std::vector<Line> lines = read_table_if_possible(path);
    std::vector<TunedDevice> devices;
    if (lines.empty()) {
        return devices;
    }
    const std::string work = work_of(network);
    for (const Line& line : lines) {
        if (line.work == work) {
            devices.push_back(line.device);
        }
    }
    return devices;
}

std::optional<TunedDevice>
tuned(const std::vector<TunedDevice>& lines, const Candidate& candidate, int device) {
    const auto found = std::find_if(
        lines.begin(), lines.end(), [&](const TunedDevice& line) { return is_of(line, candidate, device); });
    if (found == lines.end() || found->hardware != hardware_of(candidate, device)) {
        return std::nullopt;
    }
    return *found;
}

std::vector<Candidate>
in_tuned_order(std::vector<Candidate> candidates, const std::vector<TunedDevice>& lines, int device) {
    constexpr double clearly_faster = 1.1;
    std::optional<std::size_t> first;
    std::size_t best = 0;
    double best_speed = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const auto line = std::find_if(lines.begin(), lines.end(), [&](const TunedDevice& each) {
            return is_of(each, candidates[i], device);
        });
        if (line == lines.end() || line->megapixels_per_second < best_speed * clearly_faster ||
            !tuned(lines, candidates[i], device)) {
            continue;
        }
        first = first.value_or(i);
        best = i;
        best_speed = line->megapixels_per_second;
    }
    if (first) {
        const auto begin = candidates.begin();
        std::rotate(
            begin + static_cast<std::ptrdiff_t>(*first), begin + static_cast<std::ptrdiff_t>(best),
            begin + static_cast<std::ptrdiff_t>(best) + 1);
    }
    return candidates;
}

void keep_tuning(const Network& network, std::span<const TunedDevice> devices) {
    const fs::path path = tuning_file();
    const std::string work = work_of(network);
    std::vector<Line> lines = read_table_if_possible(path);
    for (const TunedDevice& device : devices) {
        std::erase_if(lines, [&](const Line& line) {
            return line.work == work && line.device.provider == device.provider &&
                   line.device.device == device.device;
        });
        lines.push_back({work, network.spec.name, device});
    }
    make_folder(path.parent_path());
    const std::string text = write_table(lines);
    AtomicFile file(path, AtomicFile::IfExists::replace);
    file.write(std::as_bytes(std::span(text)));
    file.commit();
}

} // namespace kizuna
