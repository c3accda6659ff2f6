#include "commands.hpp"
#include "json.hpp"
#include "text.hpp"

#include "kizuna/error.hpp"
#include "kizuna/image_file.hpp"
#include "kizuna/model.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna::cli {
namespace {

using Description = std::variant<ImageFileInfo, ModelInfo>;

/// What is no file and not called like a picture may be a network's name.
bool names_a_network(const std::string& text) {
    std::error_code ignored;
    return is_model_file(text) || (!std::filesystem::exists(text, ignored) && !is_image_file(text));
}

/// Of a file whose name has no extension, the content tells.
Description describe(const std::string& text) {
    if (names_a_network(text)) {
        return Model::load(text).info();
    }
    try {
        return inspect_image(text);
    } catch (const Error& no_picture) {
        if (no_picture.code() != ErrorCode::unsupported || std::filesystem::path(text).has_extension()) {
            throw;
        }
        try {
            // As a path, even where it could be a name.
            return Model::load(text.find('/') == std::string::npos ? "./" + text : text).info();
        } catch (const Error&) {
            throw no_picture;
        }
    }
}

std::string_view channels_text(const PixelFormat& format) {
    constexpr std::array<std::string_view, 5> names{"", "grey", "grey + alpha", "RGB", "RGB + alpha"};
    return format.channels < names.size() ? names[format.channels] : "unknown";
}

std::string_view depth_text(SampleType type) {
    return type == SampleType::u8 ? "8 bits" : type == SampleType::u16 ? "16 bits" : "32-bit float";
}

void print_field(std::string_view name, std::string_view value) {
    print_line(stdout, printable(fmt::format("  {:<17} {}", name, value)));
}

void print_blob(std::string_view name, const std::vector<std::byte>& blob) {
    if (!blob.empty()) {
        print_field(name, fmt::format("{} bytes", blob.size()));
    }
}

void print_picture(const std::string& path, const ImageFileInfo& info) {
    const Metadata& metadata = info.image.metadata;
    print_line(stdout, printable(path));
    print_field("format", info.format);
    print_field("size", size_text(info.image.width, info.image.height));
    print_field("channels", channels_text(info.image.format));
    print_field("depth", depth_text(info.image.format.sample));
    print_field("orientation", fmt::format("{}", info.orientation));
    print_field("frames", fmt::format("{}", info.frames));
    if (info.animation) {
        print_field("duration", fmt::format("{:.10g} s", info.animation->seconds));
        print_field(
            "shown", info.animation->plays == 0 ? "for ever" : counted(info.animation->plays, "time"));
    }
    if (metadata.density) {
        print_field(
            "density", fmt::format("{:g} × {:g} dpi", metadata.density->x_dpi, metadata.density->y_dpi));
    }
    print_blob("ICC profile", metadata.icc);
    print_blob("EXIF", metadata.exif);
    print_blob("XMP", metadata.xmp);
}

std::string fixed_size_text(const ModelInfo& info) {
    const auto side = [](const std::optional<int>& pixels) {
        return pixels ? fmt::format("{}", *pixels) : std::string("any");
    };
    return fmt::format("{} × {}", side(info.fixed_width_px), side(info.fixed_height_px));
}

void print_network(const ModelInfo& info) {
    print_line(stdout, printable(info.path.empty() ? info.name : info.path.string()));
    print_field("network", info.name);
    print_field("scale", info.scale > 0 ? fmt::format("{}", info.scale) : "known once it runs");
    print_field(
        "channels", info.channels == 1   ? "grey"
                    : info.channels == 3 ? "RGB"
                                         : fmt::format("{}", info.channels));
    print_field(
        "receptive field", info.receptive_field_px ? fmt::format("{} pixels around", *info.receptive_field_px)
                                                   : "not known, or the whole picture");
    print_field("alignment", fmt::format("{}", info.alignment_px));
    print_field(
        "border", info.border_px > 0 ? fmt::format("{} pixels consumed on each side", info.border_px)
                                     : "none consumed");
    if (info.fixed_width_px || info.fixed_height_px) {
        print_field("tile size", fixed_size_text(info));
    }
    if (!info.licence.empty()) {
        print_field("licence", info.licence);
    }
    if (!info.operators.empty()) {
        print_field("operators", fmt::format("{}", fmt::join(info.operators, ", ")));
    }
    if (!info.remark.empty()) {
        print_field("remark", info.remark);
    }
}

std::string as_json(const std::string& file, const Description& description) {
    const auto* picture = std::get_if<ImageFileInfo>(&description);
    return picture != nullptr ? picture_as_json(file, *picture)
                              : network_as_json(std::get<ModelInfo>(description));
}

void print(const std::string& file, const Description& description) {
    if (const auto* picture = std::get_if<ImageFileInfo>(&description)) {
        print_picture(file, *picture);
    } else {
        print_network(std::get<ModelInfo>(description));
    }
}

} // namespace

int run_info(const InfoCommand& command) {
    bool all_well = true;
    std::vector<std::string> elements;
    for (const std::string& file : command.files) {
        try {
            const Description description = describe(file);
            if (command.json) {
                elements.push_back(as_json(file, description));
            } else {
                print(file, description);
            }
        } catch (const Error& error) {
            all_well = false;
            print_error(about(file, error.what()));
            elements.push_back(error_as_json(file, error));
        }
    }
    if (command.json) {
        print_line(stdout, json_array(elements));
    }
    flush_stdout();
    return all_well ? success_exit_code : failure_exit_code;
}

} // namespace kizuna::cli
