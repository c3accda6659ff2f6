#include "service/sidecar.hpp"

#include "base/byte_stream.hpp"
#include "graph/network.hpp"
#include "service/family_conventions.hpp"
#include "service/json_object.hpp"
#include "service/recognition.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_sidecar_bytes = std::uint64_t{1} << 20U;
constexpr std::array<std::string_view, 6> families{"real-esrgan",     "real-cugan", "waifu2x-cunet",
                                                   "waifu2x-upconv7", "realsr",     "anime4k"};

ValueRange parse_range(const JsonObject& json) {
    const auto& ends = json.array("range");
    const auto is_number = [](const auto& end) { return end.is_number(); };
    if (ends.size() != 2 || !std::all_of(ends.begin(), ends.end(), is_number)) {
        json.refuse("range", "two numbers, like [0, 255]");
    }
    return {ends[0].template get<double>(), ends[1].template get<double>()};
}

Sidecar parse(const JsonObject& json) {
    Sidecar sidecar;
    sidecar.scale = static_cast<int>(json.optional_number("scale", 1, largest_network_scale).value_or(0));
    sidecar.denoise = json.optional_text("denoise").value_or("");
    sidecar.family = json.optional_text("family").value_or("");
    sidecar.licence = json.optional_text("licence").value_or("");
    if (json.find("range") != nullptr) {
        sidecar.range = parse_range(json);
    }
    for (const auto& element : json.array("files")) {
        const JsonObject file(element, "a file");
        sidecar.files.push_back(
            {file.text("name"), "", file.number("bytes", 0, std::uint64_t{2} << 30U), file.text("sha256")});
    }
    return sidecar;
}

/// Values go in as the network was trained on, and come back from 0 to 1.
void change_range(Graph& graph, const ValueRange& range) {
    const auto low = static_cast<float>(range.low);
    const auto width = static_cast<float>(range.high - range.low);
    for (Node& node : graph.nodes) { // one more comes before them
        for (int& input : node.inputs) {
            ++input;
        }
    }
    ++graph.output;
    graph.nodes.insert(graph.nodes.begin() + 1, {"range.in", Affine{{width}, {low}}, {0}});
    graph.nodes.push_back({"range.out", Affine{{1 / width}, {-low / width}}, {graph.output}});
    graph.output = static_cast<int>(graph.nodes.size()) - 1;
}

} // namespace

fs::path sidecar_of(const fs::path& file) {
    const bool is_json_itself = file.extension() == ".json"; // Anime4K's
    return file.parent_path() / ((is_json_itself ? file.filename().string() : network_stem(file)) + ".json");
}

std::optional<Sidecar> read_sidecar(const fs::path& network_file) {
    const fs::path path = sidecar_of(network_file);
    std::error_code ignored;
    if (path == network_file || !fs::is_regular_file(path, ignored)) {
        return std::nullopt;
    }
    const auto bytes = read_file(path, max_sidecar_bytes);
    try {
        return parse_sidecar(as_text(bytes));
    } catch (const Error& error) {
        throw Error(ErrorCode::corrupt, fmt::format("{}: {}", path.string(), error.what()));
    }
}

Sidecar parse_sidecar(std::string_view text) {
    const std::string what = "the facts about a network";
    const auto json = JsonObject::parse(text, what);
    Sidecar sidecar = parse({json, what});
    check_sidecar(sidecar);
    return sidecar;
}

std::string write_sidecar(const Sidecar& sidecar) {
    JsonObject::Json json = JsonObject::Json::object();
    if (sidecar.scale != 0) {
        json["scale"] = sidecar.scale;
    }
    for (const auto& [name, text] :
         {std::pair("denoise", &sidecar.denoise), std::pair("family", &sidecar.family),
          std::pair("licence", &sidecar.licence)}) {
        if (!text->empty()) {
            json[name] = *text;
        }
    }
    if (sidecar.range) {
        json["range"] = {sidecar.range->low, sidecar.range->high};
    }
    json["files"] = JsonObject::Json::array();
    for (const KnownFile& file : sidecar.files) {
        json["files"].push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
    }
    constexpr int indent = 2;
    return json.dump(indent, ' ', false, JsonObject::Json::error_handler_t::replace) + "\n";
}

void check_sidecar(const Sidecar& sidecar) {
    if (sidecar.scale < 0 || sidecar.scale > largest_network_scale) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("a network's scale is a whole number from 1 to {}", largest_network_scale));
    }
    if (!sidecar.denoise.empty() && !is_denoise_level(sidecar.denoise)) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("'{}' is no level of denoising: conservative, none or 0 to 3", sidecar.denoise));
    }
    if (!sidecar.family.empty() &&
        std::find(families.begin(), families.end(), sidecar.family) == families.end()) {
        std::string names;
        for (const std::string_view family : families) {
            names.append(names.empty() ? "" : ", ").append(family);
        }
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format(
                "'{}' is none of the families whose conventions are known: {}", sidecar.family, names));
    }
    if (sidecar.range) {
        constexpr double largest = 1e6; // 65535 for 16 bits is the largest that anybody uses
        const auto [low, high] = *sidecar.range;
        if (!(std::abs(low) <= largest && std::abs(high) <= largest && low < high)) {
            throw Error(
                ErrorCode::invalid_argument, "a range is two numbers, the lower one first, like 0 and 255");
        }
    }
}

void apply_sidecar(const Sidecar& sidecar, Network& network) {
    ModelSpec& spec = network.spec;
    if (sidecar.scale != 0 && spec.scale != 0 && sidecar.scale != spec.scale) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format(
                "{}: the network's scale is {}, not {} (as given, or in {})", spec.origin, spec.scale,
                sidecar.scale, sidecar_of(spec.origin).filename().string()));
    }
    if (sidecar.range && !(sidecar.range->low == 0 && sidecar.range->high == 1)) {
        if (!network.graph) {
            throw Error(
                ErrorCode::unsupported, fmt::format(
                                            "{}: another range than 0 to 1 is possible only where all "
                                            "operators are known, and {}",
                                            spec.origin, network.graph_problem));
        }
        change_range(*network.graph, *sidecar.range);
        network.onnx.clear(); // which says nothing of it
    }
    if (!sidecar.licence.empty()) {
        spec.licence = sidecar.licence;
    }
    apply_family_conventions(sidecar.family, network);
}

} // namespace kizuna
