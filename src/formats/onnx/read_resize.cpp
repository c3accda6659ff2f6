#include "formats/onnx/node_reader.hpp"

#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

// Resize and Upsample.
namespace kizuna::onnx_format {

namespace {

struct Scales {
    double h = 1;
    double w = 1;
};

/// Values for some axes, or for all four where no axes are given.
std::array<double, 4>
spread(const NodeReader& node, const std::vector<float>& values, const std::array<double, 4>& others) {
    std::array<double, 4> result = others;
    std::vector<std::int64_t> axes{0, 1, 2, 3};
    if (const auto given = node.integers("axes")) {
        axes = *given;
    }
    if (axes.size() != values.size()) {
        node.unknown("its scales or sizes do not match the axes");
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const std::int64_t axis = axes[i] < 0 ? axes[i] + 4 : axes[i];
        if (axis < 0 || axis > 3) {
            node.unknown("its axes");
        }
        result[static_cast<std::size_t>(axis)] = values[i];
    }
    return result;
}

Scales checked_scales(const NodeReader& node, const std::array<double, 4>& scales) {
    if (scales[0] != 1 || scales[1] != 1) {
        node.unknown("it scales batches or channels");
    }
    return {scales[2], scales[3]};
}

Scales scales_from_sizes(const NodeReader& node, int input) {
    const auto shape = node.builder().fixed_shape(node.value(0));
    if (!shape || node.text("keep_aspect_ratio_policy", "stretch") != "stretch") {
        node.unknown("its result has a fixed size");
    }
    const std::array<double, 4> old{
        static_cast<double>(shape->n), static_cast<double>(shape->c), static_cast<double>(shape->h),
        static_cast<double>(shape->w)};
    auto scales = spread(node, node.literal(input).as_floats(), old);
    for (std::size_t axis = 0; axis < scales.size(); ++axis) {
        scales[axis] /= old[axis];
    }
    return checked_scales(node, scales);
}

Scales read_scales(const NodeReader& node, int scales, int sizes) {
    if (node.has_input(scales)) {
        if (const auto values = node.literal(scales).as_floats(); !values.empty()) {
            return checked_scales(node, spread(node, values, {1, 1, 1, 1}));
        }
    }
    return scales_from_sizes(node, sizes);
}

Resize::Mode read_mode(const NodeReader& node) {
    const std::string mode = node.text("mode", "nearest");
    if (mode == "nearest") {
        return Resize::Mode::nearest;
    }
    if (mode == "linear" || mode == "bilinear") {
        return Resize::Mode::bilinear;
    }
    if (mode == "cubic") {
        return Resize::Mode::bicubic;
    }
    node.unknown("its mode " + mode);
}

Resize::Coordinates read_coordinates(const NodeReader& node, const Scales& scales) {
    const std::string name = node.text("coordinate_transformation_mode", "half_pixel");
    const bool whole = scales.h == std::floor(scales.h) && scales.w == std::floor(scales.w);
    // pytorch_half_pixel differs only for results of one pixel, half_pixel_symmetric only for sizes that are
    // rounded.
    if (name == "half_pixel" || name == "pytorch_half_pixel" || (name == "half_pixel_symmetric" && whole)) {
        return Resize::Coordinates::half_pixel;
    }
    if (name == "asymmetric") {
        return Resize::Coordinates::asymmetric;
    }
    if (name == "align_corners") {
        return Resize::Coordinates::align_corners;
    }
    node.unknown("its coordinates " + name);
}

Resize::Rounding read_rounding(const NodeReader& node) {
    constexpr std::array<std::pair<std::string_view, Resize::Rounding>, 4> names{{
        {"floor", Resize::Rounding::floor},
        {"ceil", Resize::Rounding::ceil},
        {"round_prefer_floor", Resize::Rounding::round_prefer_floor},
        {"round_prefer_ceil", Resize::Rounding::round_prefer_ceil},
    }};
    const std::string mode = node.text("nearest_mode", "round_prefer_floor");
    for (const auto& [name, rounding] : names) {
        if (mode == name) {
            return rounding;
        }
    }
    node.unknown("its rounding " + mode);
}

/// Upsample, and Resize before it learned of coordinates: x / scale, rounded down.
Resize old_resize(const NodeReader& node, const Scales& scales) {
    Resize resize;
    resize.mode = read_mode(node);
    resize.coordinates = Resize::Coordinates::asymmetric;
    resize.rounding = Resize::Rounding::floor;
    resize.scale_h = scales.h;
    resize.scale_w = scales.w;
    if (resize.mode == Resize::Mode::nearest && (scales.h < 1 || scales.w < 1)) {
        node.unknown("downscaling to the nearest pixel was not defined in this version");
    }
    return resize;
}

} // namespace

Value read_resize(NodeReader& node) {
    constexpr std::int64_t coordinates_since = 11;
    if (node.opset() < coordinates_since) {
        return node.add(old_resize(node, read_scales(node, 1, 2)), {node.value(0)});
    }
    const Scales scales = read_scales(node, 2, 3);
    Resize resize;
    resize.mode = read_mode(node);
    resize.coordinates = read_coordinates(node, scales);
    resize.rounding = resize.mode == Resize::Mode::nearest ? read_rounding(node) : Resize::Rounding::floor;
    resize.scale_h = scales.h;
    resize.scale_w = scales.w;
    resize.cubic_a = node.real("cubic_coeff_a", resize.cubic_a);
    if (node.integer("exclude_outside", 0) != 0 && resize.mode == Resize::Mode::bicubic) {
        node.unknown("exclude_outside");
    }
    if (node.integer("antialias", 0) != 0 && (scales.h < 1 || scales.w < 1)) {
        node.unknown("antialias");
    }
    return node.add(resize, {node.value(0)});
}

Value read_upsample(NodeReader& node) {
    if (const auto scales = node.reals("scales")) {
        return node.add(
            old_resize(node, checked_scales(node, spread(node, *scales, {1, 1, 1, 1}))), {node.value(0)});
    }
    return node.add(old_resize(node, read_scales(node, 1, 2)), {node.value(0)});
}

} // namespace kizuna::onnx_format
