#include "formats/anime4k/document.hpp"

#include "base/byte_stream.hpp"
#include "formats/architectures/weights.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace kizuna::anime4k {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_bytes = std::size_t{4} << 20U; // the largest known has 114 kB
constexpr int max_depth = 6;                             // five are used: "layers", a layer, its array
constexpr std::size_t max_layers = 1024;
/// Of all objects together: a layer has six. An object that keeps its order looks through all its keys for
/// each new one.
constexpr std::size_t max_keys = 16 * max_layers;

[[noreturn]] void fail(std::string_view message) {
    throw Error(ErrorCode::corrupt, fmt::format("this is not a network of Anime4K: {}", message));
}

Json parse(std::string_view text) {
    std::size_t keys = 0;
    const auto check_limits = [&keys](int depth, Json::parse_event_t event, const Json& /*value*/) {
        if (depth > max_depth) {
            fail("its JSON is nested too deeply");
        }
        if (event == Json::parse_event_t::key && ++keys > max_keys) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format("the network of Anime4K has more than {} keys in its JSON", max_keys));
        }
        return true;
    };
    try {
        return Json::parse(text, check_limits);
    } catch (const Json::parse_error& error) {
        fail(fmt::format("the JSON is damaged or cut off at byte {}", error.byte));
    } catch (const Json::exception&) {
        fail("the JSON has numbers that are too large");
    }
}

const Json& member(const Json& object, const char* name, Json::value_t type, std::string_view owner) {
    const auto found = object.find(name);
    if (found == object.end() || found->type() != type) {
        fail(fmt::format("{} has no \"{}\", or one of another kind", owner, name));
    }
    return *found;
}

float read_number(const Json& value, std::string_view owner) {
    const auto number = value.is_number() ? value.get<float>() : std::nanf("");
    if (!std::isfinite(number)) {
        fail(fmt::format("{} has something else among its numbers", owner));
    }
    return number;
}

std::vector<std::string> read_inputs(const Json& layer, std::string_view owner) {
    std::vector<std::string> inputs;
    for (const Json& input : member(layer, "inputs", Json::value_t::array, owner)) {
        if (!input.is_string()) {
            fail(fmt::format("{} has an input that is not a name", owner));
        }
        inputs.push_back(input.get<std::string>());
    }
    return inputs;
}

Conv read_conv(const std::string& name, const Json& layer, std::string_view owner) {
    Conv conv;
    conv.name = name;
    conv.inputs = read_inputs(layer, owner);
    for (const Json& weight : member(layer, "weights", Json::value_t::array, owner)) {
        conv.weights.push_back(read_number(weight, owner));
    }
    const Json& bias = member(layer, "bias", Json::value_t::array, owner);
    if (bias.size() != texel) {
        fail(fmt::format("{} has {} biases instead of {}", owner, bias.size(), texel));
    }
    for (std::size_t i = 0; i < texel; ++i) {
        conv.bias[i] = read_number(bias[i], owner);
    }
    return conv;
}

void read_layer(const std::string& name, const Json& layer, Document& document) {
    const std::string owner = fmt::format("the layer \"{}\"", printable_name(name));
    if (!layer.is_object()) {
        fail(fmt::format("{} is no object", owner));
    }
    const auto& type = member(layer, "type", Json::value_t::string, owner).get_ref<const std::string&>();
    if (type == "conv") {
        document.convs.push_back(read_conv(name, layer, owner));
    } else if (type == "pixel_shuffle" && document.shuffled.empty()) {
        document.shuffled = read_inputs(layer, owner);
    } else {
        throw Error(
            ErrorCode::unsupported, fmt::format(
                                        "{} of this network of Anime4K is a {}, which is not known here",
                                        owner, printable_name(type)));
    }
}

} // namespace

bool is_document(std::span<const std::byte> bytes) {
    constexpr std::size_t looked_at = 4096;
    const std::string_view text = as_text(bytes.first(std::min(looked_at, bytes.size())));
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '{' &&
           text.find("\"anime4k/") != std::string_view::npos;
}

Document read_document(std::span<const std::byte> bytes) {
    if (bytes.size() > max_bytes) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format(
                "a network of Anime4K of {} bytes is not read; known ones have a hundred thousand",
                bytes.size()));
    }
    const Json json = parse(as_text(bytes));
    if (!json.is_object()) {
        fail("it is no JSON object");
    }
    const Json& layers = member(json, "layers", Json::value_t::object, "it");
    if (layers.size() > max_layers) {
        throw Error(
            ErrorCode::limit_exceeded, fmt::format("the network of Anime4K has {} layers", layers.size()));
    }
    Document document;
    for (const auto& [name, layer] : layers.items()) {
        read_layer(name, layer, document);
    }
    return document;
}

} // namespace kizuna::anime4k
