#include "graph/reference.hpp"

#include "graph/liveness.hpp"
#include "graph/resize_axis.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

namespace kizuna {

namespace {

using Inputs = std::vector<const Tensor*>; // of a node

std::size_t offset(const Shape& shape, std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
    return static_cast<std::size_t>((((((n * shape.c) + c) * shape.h) + y) * shape.w) + x);
}

float& at(Tensor& tensor, std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
    return tensor.data[offset(tensor.shape, n, c, y, x)];
}

float at(const Tensor& tensor, std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
    return tensor.data[offset(tensor.shape, n, c, y, x)];
}

bool inside(const Tensor& tensor, std::int64_t y, std::int64_t x) {
    return y >= 0 && x >= 0 && y < tensor.shape.h && x < tensor.shape.w;
}

// Calls `value(n, c, y, x)` for every place of a tensor of this shape.
template <typename Value>
Tensor generate(const Shape& shape, const Value& value) {
    Tensor out{shape, std::vector<float>(element_count(shape))};
    std::size_t next = 0;
    for (std::int64_t n = 0; n < shape.n; ++n) {
        for (std::int64_t c = 0; c < shape.c; ++c) {
            for (std::int64_t y = 0; y < shape.h; ++y) {
                for (std::int64_t x = 0; x < shape.w; ++x) {
                    out.data[next++] = static_cast<float>(value(n, c, y, x));
                }
            }
        }
    }
    return out;
}

// One number for all channels, or one each.
float of_channel(const std::vector<float>& numbers, std::int64_t channel) {
    return numbers[numbers.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
}

template <typename Function>
Tensor map(const Tensor& in, const Function& function) {
    Tensor out = in;
    for (float& value : out.data) {
        value = static_cast<float>(function(static_cast<double>(value)));
    }
    return out;
}

Tensor run(const Input&, const Inputs& in, const Shape&) {
    return *in[0];
}

Tensor run(const Given&, const Inputs& in, const Shape&) {
    return *in[0];
}

Tensor run(const Constant& op, const Inputs&, const Shape&) {
    return op.value;
}

Tensor run(const Conv2d& op, const Inputs& in, const Shape& shape) {
    const std::int64_t group_in = op.weight.shape.c;
    const std::int64_t group_out = shape.c / op.groups;
    return generate(shape, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
        double sum = op.bias.empty() ? 0 : op.bias[static_cast<std::size_t>(c)];
        for (std::int64_t i = 0; i < group_in; ++i) {
            const std::int64_t source_c = (c / group_out * group_in) + i;
            for (std::int64_t ky = 0; ky < op.weight.shape.h; ++ky) {
                for (std::int64_t kx = 0; kx < op.weight.shape.w; ++kx) {
                    const std::int64_t sy = (y * op.stride[0]) - op.padding.top + (ky * op.dilation[0]);
                    const std::int64_t sx = (x * op.stride[1]) - op.padding.left + (kx * op.dilation[1]);
                    if (inside(*in[0], sy, sx)) {
                        sum += double{at(op.weight, c, i, ky, kx)} * at(*in[0], n, source_c, sy, sx);
                    }
                }
            }
        }
        return sum;
    });
}

Tensor run(const ConvTranspose2d& op, const Inputs& in, const Shape& shape) {
    const std::int64_t group_in = op.weight.shape.n / op.groups;
    const std::int64_t group_out = op.weight.shape.c;
    return generate(shape, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
        double sum = op.bias.empty() ? 0 : op.bias[static_cast<std::size_t>(c)];
        for (std::int64_t i = 0; i < group_in; ++i) {
            const std::int64_t source_c = (c / group_out * group_in) + i;
            for (std::int64_t ky = 0; ky < op.weight.shape.h; ++ky) {
                for (std::int64_t kx = 0; kx < op.weight.shape.w; ++kx) {
                    // An input pixel s adds to the outputs s · stride + k · dilation − padding.
                    const std::int64_t sy = y + op.padding.top - (ky * op.dilation[0]);
                    const std::int64_t sx = x + op.padding.left - (kx * op.dilation[1]);
                    if (sy % op.stride[0] == 0 && sx % op.stride[1] == 0 &&
                        inside(*in[0], sy / op.stride[0], sx / op.stride[1])) {
                        sum += double{at(op.weight, source_c, c % group_out, ky, kx)} *
                               at(*in[0], n, source_c, sy / op.stride[0], sx / op.stride[1]);
                    }
                }
            }
        }
        return sum;
    });
}

Tensor run(const PRelu& op, const Inputs& in, const Shape& shape) {
    return generate(shape, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
        const float value = at(*in[0], n, c, y, x);
        return value < 0 ? of_channel(op.slope, c) * value : value;
    });
}

Tensor run(const Sigmoid&, const Inputs& in, const Shape&) {
    return map(*in[0], [](double x) { return 1 / (1 + std::exp(-x)); });
}

Tensor run(const Tanh&, const Inputs& in, const Shape&) {
    return map(*in[0], [](double x) { return std::tanh(x); });
}

Tensor run(const Sqrt&, const Inputs& in, const Shape&) {
    return map(*in[0], [](double x) { return std::sqrt(x); });
}

Tensor run(const Clip& op, const Inputs& in, const Shape&) {
    return map(*in[0], [&](double x) { return std::clamp<double>(x, op.low, op.high); });
}

Tensor run(const Affine& op, const Inputs& in, const Shape& shape) {
    return generate(shape, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
        return (double{at(*in[0], n, c, y, x)} * of_channel(op.scale, c)) + of_channel(op.offset, c);
    });
}

double combine(Binary::Kind kind, double a, double b) {
    switch (kind) {
    case Binary::Kind::add:
        return a + b;
    case Binary::Kind::sub:
        return a - b;
    case Binary::Kind::mul:
        return a * b;
    case Binary::Kind::div:
        return a / b;
    case Binary::Kind::max:
        return std::max(a, b);
    case Binary::Kind::min:
        break;
    }
    return std::min(a, b);
}

Tensor run(const Binary& op, const Inputs& in, const Shape& shape) {
    return generate(shape, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
        const auto operand = [&](const Tensor& tensor) {
            const Shape& s = tensor.shape; // a side of length 1 is broadcast
            return at(tensor, s.n == 1 ? 0 : n, s.c == 1 ? 0 : c, s.h == 1 ? 0 : y, s.w == 1 ? 0 : x);
        };
        return combine(op.kind, operand(*in[0]), operand(*in[1]));
    });
}

Tensor run(const Concat&, const Inputs& in, const Shape& shape) {
    return generate(shape, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
        std::size_t source = 0;
        while (c >= in[source]->shape.c) {
            c -= in[source++]->shape.c;
        }
        return at(*in[source], n, c, y, x);
    });
}

Tensor run(const SliceChannels& op, const Inputs& in, const Shape& shape) {
    return generate(shape, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
        return at(*in[0], n, op.begin + c, y, x);
    });
}

Tensor run(const Crop& op, const Inputs& in, const Shape& shape) {
    return generate(shape, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
        return at(*in[0], n, c, y + op.sides.top, x + op.sides.left);
    });
}

// …3 2 1 | 0 1 2 3 | 2 1 0…
std::int64_t reflect(std::int64_t x, std::int64_t side) {
    const std::int64_t folded = std::abs(x);
    return folded < side ? folded : (2 * (side - 1)) - folded;
}

Tensor run(const Pad& op, const Inputs& in, const Shape& shape) {
    const Shape& source = in[0]->shape;
    return generate(shape, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
        const std::int64_t sy = y - op.sides.top;
        const std::int64_t sx = x - op.sides.left;
        if (op.mode == Pad::Mode::edge) {
            return at(
                *in[0], n, c, std::clamp<std::int64_t>(sy, 0, source.h - 1),
                std::clamp<std::int64_t>(sx, 0, source.w - 1));
        }
        if (op.mode == Pad::Mode::reflect) {
            return at(*in[0], n, c, reflect(sy, source.h), reflect(sx, source.w));
        }
        return inside(*in[0], sy, sx) ? at(*in[0], n, c, sy, sx) : op.value;
    });
}

// Which of the c·r² packed channels holds the pixel (dy, dx) of the r×r block of channel c, of `channels`.
struct Packing {
    PixelShuffle::Order order;
    std::int64_t factor;
    std::int64_t channels;

    [[nodiscard]] std::int64_t packed(std::int64_t c, std::int64_t dy, std::int64_t dx) const {
        const std::int64_t place = (dy * factor) + dx;
        return order == PixelShuffle::Order::crd ? (c * factor * factor) + place : (place * channels) + c;
    }
};

Tensor run(const PixelShuffle& op, const Inputs& in, const Shape& shape) {
    const Packing packing{op.order, op.factor, shape.c};
    return generate(shape, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
        return at(*in[0], n, packing.packed(c, y % op.factor, x % op.factor), y / op.factor, x / op.factor);
    });
}

Tensor run(const PixelUnshuffle& op, const Inputs& in, const Shape& shape) {
    Tensor out{shape, std::vector<float>(element_count(shape))};
    const Shape& s = in[0]->shape;
    const Packing packing{op.order, op.factor, s.c};
    for (std::int64_t n = 0; n < s.n; ++n) {
        for (std::int64_t c = 0; c < s.c; ++c) {
            for (std::int64_t y = 0; y < s.h; ++y) {
                for (std::int64_t x = 0; x < s.w; ++x) {
                    const std::int64_t packed = packing.packed(c, y % op.factor, x % op.factor);
                    at(out, n, packed, y / op.factor, x / op.factor) = at(*in[0], n, c, y, x);
                }
            }
        }
    }
    return out;
}

Tensor run(const Resize& op, const Inputs& in, const Shape& shape) {
    const Shape& source = in[0]->shape;
    const ResizeAxis vertical{op.scale_h, source.h, shape.h};
    const ResizeAxis horizontal{op.scale_w, source.w, shape.w};
    return generate(shape, [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
        const ResizeTaps rows = resize_taps(op, vertical, y);
        const ResizeTaps columns = resize_taps(op, horizontal, x);
        double sum = 0;
        for (int i = 0; i < rows.count; ++i) {
            for (int j = 0; j < columns.count; ++j) {
                const std::int64_t sy = std::clamp<std::int64_t>(rows.first + i, 0, source.h - 1);
                const std::int64_t sx = std::clamp<std::int64_t>(columns.first + j, 0, source.w - 1);
                const double weight =
                    rows.weights[static_cast<std::size_t>(i)] * columns.weights[static_cast<std::size_t>(j)];
                sum += weight * at(*in[0], n, c, sy, sx);
            }
        }
        return sum;
    });
}

Tensor run(const GlobalAveragePool&, const Inputs& in, const Shape& shape) {
    const Shape& source = in[0]->shape;
    return generate(shape, [&](std::int64_t n, std::int64_t c, std::int64_t, std::int64_t) {
        double sum = 0;
        for (std::int64_t y = 0; y < source.h; ++y) {
            for (std::int64_t x = 0; x < source.w; ++x) {
                sum += at(*in[0], n, c, y, x);
            }
        }
        return sum / static_cast<double>(source.h * source.w);
    });
}

} // namespace

Tensor run_reference(
    const Graph& graph, const Tensor& input, std::span<const Tensor> given, const ChangeValue& change) {
    const std::vector<Shape> shapes = infer_shapes(graph, input.shape);
    check_given(graph, shapes, given);
    if (input.data.size() != element_count(input.shape)) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format(
                "the input has {} numbers, but the shape {}", input.data.size(), to_string(input.shape)));
    }
    auto next_given = given.begin();
    const std::vector<std::size_t> last = last_uses(graph);
    std::vector<Tensor> values(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node& node = graph.nodes[i];
        Inputs in;
        for (const int value : node.inputs) {
            in.push_back(&values[static_cast<std::size_t>(value)]);
        }
        if (i == 0) {
            in.push_back(&input);
        } else if (std::holds_alternative<Given>(node.op)) {
            in.push_back(&*next_given++);
        }
        values[i] = std::visit([&](const auto& op) { return run(op, in, shapes[i]); }, node.op);
        if (change) {
            change(i, values[i]);
        }
        for (const int value : node.inputs) {
            if (last[static_cast<std::size_t>(value)] == i) {
                values[static_cast<std::size_t>(value)] = {};
            }
        }
    }
    return std::move(values[static_cast<std::size_t>(graph.output)]);
}

} // namespace kizuna
