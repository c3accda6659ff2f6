#include "engine/cpu/plan.hpp"

#include "base/checked.hpp"
#include "engine/cpu/block.hpp"

#include <algorithm>

namespace kizuna::cpu {

namespace {

/// Stages [first, last] that need a value's memory; first above last: none does.
struct Life {
    std::size_t first = 0;
    std::size_t last = 0;
    bool used = false;

    void touch(std::size_t stage) {
        first = used ? std::min(first, stage) : stage;
        last = used ? std::max(last, stage) : stage;
        used = true;
    }
};

std::vector<View> sizes_of_values(const Program& program, const std::vector<Shape>& shapes) {
    std::vector<View> views;
    views.reserve(program.values.size());
    for (const Value& value : program.values) {
        const Shape& shape = shapes[at(value.node)];
        View view;
        view.element = value.element;
        view.height = shape.h;
        view.width = value.one_column ? 1 : shape.w;
        view.channels = value.channels > 0 ? value.channels : shape.c;
        view.pixel_stride = view.channels;
        view.row_stride = checked_mul(view.width, view.channels, "a row of a value");
        views.push_back(view);
    }
    return views;
}

std::vector<Life> lives_of(const Program& program) {
    std::vector<Life> lives(program.values.size());
    for (std::size_t stage = 0; stage < program.stages.size(); ++stage) {
        const auto touch = [&](const std::vector<int>& steps) {
            for (const int s : steps) {
                const Step& step = program.steps[at(s)];
                for (const int input : step.inputs) {
                    lives[at(memory_of(program, input))].touch(stage);
                }
                if (step.value >= 0) {
                    lives[at(memory_of(program, step.value))].touch(stage);
                }
            }
        };
        touch(program.stages[stage].steps);
        touch(program.stages[stage].copies);
    }
    return lives;
}

std::size_t bytes_of(const View& view) {
    const auto elements = checked_mul(view.height, view.row_stride, "the memory of a value");
    return checked_mul(checked_cast<std::size_t>(elements), bytes_of(view.element), "the memory of a value");
}

// As the values come and go, stage by stage.
void place_values(const Program& program, Plan& plan) {
    const std::vector<Life> lives = lives_of(program);
    std::vector<std::vector<std::size_t>> begin(program.stages.size());
    std::vector<std::vector<std::size_t>> end(program.stages.size());
    for (std::size_t v = 0; v < lives.size(); ++v) {
        if (program.values[v].in_memory && program.values[v].source < 0 && lives[v].used) {
            begin[lives[v].first].push_back(v);
            end[lives[v].last].push_back(v);
        }
    }
    Block block;
    plan.offsets.assign(program.values.size(), 0);
    for (std::size_t stage = 0; stage < program.stages.size(); ++stage) {
        for (const std::size_t v : begin[stage]) {
            plan.offsets[v] = block.take(bytes_of(plan.views[v]));
        }
        for (const std::size_t v : end[stage]) {
            block.give_back(plan.offsets[v]);
        }
    }
    plan.bytes = block.size();
}

// From the first pixel of a row of the whole to that of the part.
std::size_t skipped_bytes(const View& whole, const Value& part) {
    const std::int64_t skipped = (part.cut.left * whole.pixel_stride) + part.channel;
    return static_cast<std::size_t>(skipped) * bytes_of(whole.element);
}

// What lies in another value's memory: its strides, and its place from the block's beginning.
void place_parts(const Program& program, Plan& plan) {
    std::vector<bool> done(program.values.size());
    std::vector<std::size_t> path;
    for (std::size_t v = 0; v < program.values.size(); ++v) {
        for (int up = static_cast<int>(v); up >= 0 && !done[at(up)]; up = program.values[at(up)].source) {
            path.push_back(at(up));
        }
        for (; !path.empty(); path.pop_back()) {
            const std::size_t value = path.back();
            const int source = program.values[value].source;
            done[value] = true;
            if (source >= 0) {
                plan.offsets[value] =
                    plan.offsets[at(source)] + skipped_bytes(plan.views[at(source)], program.values[value]);
                plan.views[value] = part_of(plan.views[at(source)], program.values[value], plan.views[value]);
            }
        }
    }
}

// Enough bands for many workers to end at about the same time, each large enough to be worth a worker's
// while. The number of workers has no say: results must not depend on it.
StagePlan plan_stage(const View& result) {
    constexpr std::int64_t worthwhile = std::int64_t{1} << 18U; // numbers
    constexpr std::int64_t enough_bands = 32;
    StagePlan stage{result.height, band_step};
    while (stage.band * result.row_stride < worthwhile && stage.height > stage.band * enough_bands) {
        stage.band += band_step;
    }
    return stage;
}

} // namespace

View part_of(const View& whole, const Value& part, const View& sizes) {
    View view = whole;
    view.height = sizes.height;
    view.width = sizes.width;
    view.channels = sizes.channels;
    view.first_row -= part.cut.top;
    if (view.data != nullptr) {
        view.data += skipped_bytes(whole, part);
    }
    return view;
}

Plan make_plan(const Program& program, const Shape& input) {
    Plan plan;
    plan.input = input;
    const std::vector<Shape> shapes = infer_shapes(program.graph, input);
    plan.output = shapes[at(program.graph.output)];
    plan.views = sizes_of_values(program, shapes);
    place_values(program, plan);
    place_parts(program, plan);
    for (const Stage& stage : program.stages) {
        const Step& last = program.steps[at(stage.steps.back())];
        plan.stages.push_back(plan_stage(plan.views[at(last.value >= 0 ? last.value : last.inputs[0])]));
    }
    return plan;
}

} // namespace kizuna::cpu
