#include "json.hpp"

#include <nlohmann/json.hpp>

namespace kizuna::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int indent = 2;

std::string dump(const Json& json, int spaces = indent) {
    return json.dump(spaces, ' ', false, Json::error_handler_t::replace);
}

Json optional_number(const std::optional<int>& value) {
    return value ? Json(*value) : Json(nullptr);
}

std::string_view sample_name(SampleType type) {
    return type == SampleType::u8 ? "u8" : type == SampleType::u16 ? "u16" : "f32";
}

std::string_view state_name(ModelState state) {
    switch (state) {
    case ModelState::whole:
        return "whole";
    case ModelState::unknown:
        return "unknown";
    case ModelState::damaged:
        return "damaged";
    case ModelState::absent:
        break;
    }
    return "absent";
}

} // namespace

std::string json_object(const JsonFields& fields) {
    Json json = Json::object();
    for (const auto& [name, field] : fields) {
        std::visit([&json, key = name](const auto& value) { json[key] = value; }, field.get());
    }
    return dump(json, -1);
}

std::string devices_as_json(std::span<const Device> devices, bool probed) {
    Json list = Json::array();
    for (const Device& device : devices) {
        Json json{{"provider", device.provider}, {"aliases", device.aliases},
                  {"engine", device.engine},     {"available", device.available},
                  {"problem", device.problem},   {"free_memory_bytes", device.free_memory_bytes}};
        if (probed) {
            json["name"] = device.name;
            json["driver"] = device.driver;
            json["total_memory_bytes"] = device.total_memory_bytes;
            json["speeds"] = Json::array();
            for (const DeviceSpeed& speed : device.speeds) {
                json["speeds"].push_back(
                    {{"precision", to_string(speed.precision)},
                     {"megapixels_per_second", speed.megapixels_per_second},
                     {"problem", speed.problem}});
            }
        }
        list.push_back(std::move(json));
    }
    return dump(list);
}

std::string models_as_json(std::span<const ModelEntry> models) {
    Json json = Json::array();
    for (const ModelEntry& model : models) {
        json.push_back(
            {{"name", model.name},
             {"aliases", model.aliases},
             {"series", model.series},
             {"family", model.family},
             {"scale", model.scale},
             {"denoise", model.denoise},
             {"description", model.description},
             {"licence", model.licence},
             {"source", model.source},
             {"installed", model.installed},
             {"default", model.name == default_model_name()},
             {"path", model.path.string()}});
    }
    return dump(json);
}

std::string checks_as_json(std::span<const ModelCheck> checks) {
    Json json = Json::array();
    for (const ModelCheck& check : checks) {
        json.push_back(
            {{"name", check.name},
             {"state", state_name(check.state)},
             {"problem", check.problem},
             {"path", check.path.string()}});
    }
    return dump(json);
}

std::string picture_as_json(const std::string& path, const ImageFileInfo& info) {
    const Metadata& metadata = info.image.metadata;
    Json density = nullptr;
    if (metadata.density) {
        density = {{"x_dpi", metadata.density->x_dpi}, {"y_dpi", metadata.density->y_dpi}};
    }
    Json animation = nullptr;
    if (info.animation) {
        animation = {{"seconds", info.animation->seconds}, {"plays", info.animation->plays}};
    }
    return dump(Json{
        {"path", path},
        {"kind", "picture"},
        {"format", info.format},
        {"width", info.image.width},
        {"height", info.image.height},
        {"channels", info.image.format.channels},
        {"sample", sample_name(info.image.format.sample)},
        {"alpha", info.image.format.has_alpha()},
        {"orientation", info.orientation},
        {"frames", info.frames},
        {"animation", animation},
        {"density", density},
        {"icc_bytes", metadata.icc.size()},
        {"exif_bytes", metadata.exif.size()},
        {"xmp_bytes", metadata.xmp.size()}});
}

std::string network_as_json(const ModelInfo& info) {
    return dump(Json{
        {"path", info.path.string()},
        {"kind", "network"},
        {"name", info.name},
        {"scale", info.scale == 0 ? Json(nullptr) : Json(info.scale)},
        {"channels", info.channels},
        {"receptive_field_px", optional_number(info.receptive_field_px)},
        {"alignment_px", info.alignment_px},
        {"border_px", info.border_px},
        {"fixed_width_px", optional_number(info.fixed_width_px)},
        {"fixed_height_px", optional_number(info.fixed_height_px)},
        {"licence", info.licence},
        {"operators", info.operators},
        {"remark", info.remark}});
}

std::string error_as_json(const std::string& path, const Error& error) {
    return dump(Json{
        {"path", path}, {"kind", "error"}, {"code", to_string(error.code())}, {"message", error.what()}});
}

std::string json_array(std::span<const std::string> elements) {
    std::string text = "[";
    for (const std::string& element : elements) {
        text += (text.size() == 1 ? "\n" : ",\n") + element;
    }
    return text + (elements.empty() ? "]" : "\n]");
}

} // namespace kizuna::cli
