#include "engine/cpu/program.hpp"

#include "engine/cpu/lowering.hpp"
#include "graph/node_text.hpp"
#include "graph/passes.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace kizuna::cpu {

namespace {

class ConvolutionKernel final : public Kernel {
  public:
    explicit ConvolutionKernel(const ConvolutionWork& work)
        : convolution_(choose_convolution(work))
        , stride_(work.op.stride[0])
        , padding_(work.op.padding.top)
        , reach_((work.op.weight.shape.h - 1) * work.op.dilation[0])
        , channels_(fmt::format(
              "{}→{} {}×{}", work.op.weight.shape.c * work.op.groups, work.op.weight.shape.n,
              work.op.weight.shape.h, work.op.weight.shape.w)) {}

    [[nodiscard]] Rows needs(std::size_t input, Rows rows, Heights heights) const override {
        if (input > 0) { // the residual
            return rows;
        }
        const std::int64_t first = (rows.begin * stride_) - padding_;
        const std::int64_t last = ((rows.end - 1) * stride_) - padding_ + reach_;
        return {
            std::clamp<std::int64_t>(first, 0, heights.in),
            std::clamp<std::int64_t>(last + 1, 0, heights.in)};
    }

    void run(std::span<const View> in, const View& out, Rows rows, Scratch& scratch) const override {
        convolution_->run_rows(in[0], in.size() > 1 ? &in[1] : nullptr, out, rows, scratch);
    }

    [[nodiscard]] std::string name() const override { return convolution_->name() + " " + channels_; }

  private:
    std::unique_ptr<Convolution> convolution_;
    std::int64_t stride_;
    std::int64_t padding_;
    std::int64_t reach_;
    std::string channels_;
};

/// Channels last.
std::vector<float> interleaved(const Tensor& tensor) {
    const auto channels = static_cast<std::size_t>(tensor.shape.c);
    const std::size_t pixels = tensor.data.size() / channels;
    std::vector<float> result(tensor.data.size());
    for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t i = 0; i < pixels; ++i) {
            result[(i * channels) + c] = tensor.data[(c * pixels) + i];
        }
    }
    return result;
}

/// Node i's value is Value i; further values follow.
class Lowering {
  public:
    Lowering(Graph graph, Precision precision) {
        program_.graph = std::move(graph);
        made_ = decide(program_.graph, precision);
        for (std::size_t i = 0; i < program_.graph.nodes.size(); ++i) {
            program_.values.push_back({.node = static_cast<int>(i), .element = made_.element[i]});
        }
    }

    Program lower() {
        for (int i = 0; std::cmp_less(i, program_.graph.nodes.size()); ++i) {
            if (made_.needed[at(i)]) {
                lower_node(i);
            }
        }
        program_.steps.push_back({.inputs = {program_.graph.output}});
        place_concats(program_, concats_);
        make_stages(program_);
        return std::move(program_);
    }

  private:
    // What a kernel has made its own is not kept here: of many networks it is nearly all.
    template <typename Op>
    void drop(int i, Tensor Op::*weights) {
        // Not `= {}`, which empties it and keeps its memory.
        (std::get<Op>(program_.graph.nodes[at(i)].op).*weights).data = std::vector<float>();
    }

    [[nodiscard]] const Node& node(int i) const { return program_.graph.nodes[at(i)]; }

    void lower_node(int i) {
        const Operator& op = node(i).op;
        if (const int conv = made_.fused_into[at(i)]; conv >= 0) {
            if (made_.fusions[at(conv)].last == i) {
                add_convolution(conv);
            }
        } else if (std::holds_alternative<Conv2d>(op)) {
            if (made_.fusions[at(i)].last == i) {
                add_convolution(i);
            }
        } else if (std::holds_alternative<Input>(op)) {
            program_.steps.push_back({.value = i});
        } else if (std::holds_alternative<Given>(op)) {
            program_.steps.push_back({.value = i, .given = givens_++});
        } else if (const auto* const constant = std::get_if<Constant>(&op)) {
            program_.values[at(i)].constant = static_cast<int>(program_.constants.size());
            program_.constants.push_back(interleaved(constant->value));
            drop(i, &Constant::value);
        } else if (std::holds_alternative<Concat>(op)) {
            concats_.push_back(i);
            program_.values[at(i)].in_memory = true;
        } else if (std::holds_alternative<GlobalAveragePool>(op)) {
            add_pool(i);
        } else if (!make_part(i)) {
            add_kernel(i);
        }
    }

    // A range of channels or a cut picture lies in the memory of the whole.
    bool make_part(int i) {
        Value& value = program_.values[at(i)];
        if (const auto* const slice = std::get_if<SliceChannels>(&node(i).op)) {
            value.channel = slice->begin;
        } else if (const auto* const crop = std::get_if<Crop>(&node(i).op)) {
            value.cut = crop->sides;
        } else {
            return false;
        }
        value.source = node(i).inputs[0];
        value.element = program_.values[at(value.source)].element;
        return true;
    }

    void add_convolution(int conv) {
        const Fusion& fusion = made_.fusions[at(conv)];
        ConvolutionWork work;
        work.op = std::get<Conv2d>(node(conv).op);
        drop(conv, &Conv2d::weight);
        work.in = made_.narrow[at(conv)] ? Element::bf16 : Element::f32;
        work.out = made_.element[at(fusion.last)];
        std::vector<int> inputs = node(conv).inputs;
        if (fusion.activation >= 0) {
            work.slope = std::get<PRelu>(node(fusion.activation).op).slope;
        }
        if (fusion.residual >= 0) {
            work.adds_residual = true;
            inputs.push_back(fusion.residual);
        }
        const std::int64_t channels = work.op.weight.shape.n;
        widen_for_speed(work);
        int result = fusion.last;
        if (work.op.weight.shape.n > channels) {
            result = add_wide_value(fusion.last, work.op.weight.shape.n);
        }
        program_.steps.push_back(
            {result, std::move(inputs), std::make_unique<ConvolutionKernel>(work), false});
    }

    // A value with more channels, of which node i's value is the first.
    int add_wide_value(int i, std::int64_t channels) {
        const int wide = static_cast<int>(program_.values.size());
        Value value = program_.values[at(i)];
        value.channels = channels;
        program_.values.push_back(value);
        program_.values[at(i)].source = wide;
        return wide;
    }

    void add_pool(int i) {
        const int rows = static_cast<int>(program_.values.size());
        program_.values.push_back({.node = node(i).inputs[0], .one_column = true});
        program_.steps.push_back({rows, node(i).inputs, make_row_means(), false});
        program_.steps.push_back({i, {rows}, make_column_mean(), false, true});
    }

    void add_kernel(int i) {
        const Operator& op = node(i).op;
        if (const auto* const transposed = std::get_if<ConvTranspose2d>(&op)) {
            program_.steps.push_back({i, node(i).inputs, make_transposed(*transposed), false});
            drop(i, &ConvTranspose2d::weight);
            return;
        }
        std::unique_ptr<Kernel> kernel = make_elementwise(op);
        if (!kernel) {
            kernel = make_arrangement(op);
        }
        if (const auto* const resize = std::get_if<Resize>(&op)) {
            kernel = make_resize(*resize);
        }
        if (!kernel) {
            throw Error(
                ErrorCode::unsupported, fmt::format(
                                            "the processor's own engine cannot run this network, but ONNX "
                                            "Runtime (ort-cpu) may: it lacks {}",
                                            node_text(program_.graph, at(i))));
        }
        program_.steps.push_back({i, node(i).inputs, std::move(kernel)});
    }

    Program program_;
    Decisions made_;
    std::vector<int> concats_;
    int givens_ = 0;
};

} // namespace

int memory_of(const Program& program, int value) {
    while (program.values[at(value)].source >= 0) {
        value = program.values[at(value)].source;
    }
    return value;
}

Program make_program(const Graph& graph, Precision precision) {
    return Lowering(simplified(graph), precision).lower();
}

} // namespace kizuna::cpu
