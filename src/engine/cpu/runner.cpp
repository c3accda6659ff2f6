#include "engine/cpu/runner.hpp"

#include "base/cancel.hpp"
#include "base/checked.hpp"
#include "base/log.hpp"
#include "engine/cpu/block.hpp"
#include "engine/cpu/rows.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string>

#include <fmt/format.h>

namespace kizuna::cpu {

namespace {

void from_planar(const float* planes, const View& out, Rows rows, Scratch& scratch) {
    float* const buffer = scratch.floats(row_length(out));
    const std::int64_t plane = out.height * out.width;
    for (std::int64_t y = rows.begin; y < rows.end; ++y) {
        float* const to = begin_row(out, y, buffer);
        for (std::int64_t c = 0; c < out.channels; ++c) {
            const float* const from = planes + (c * plane) + (y * out.width);
            for (std::int64_t x = 0; x < out.width; ++x) {
                to[(x * out.channels) + c] = from[x];
            }
        }
        finish_row(out, y, to);
    }
}

void to_planar(const View& in, float* planes, Rows rows, Scratch& scratch) {
    float* const buffer = scratch.floats(row_length(in));
    const std::int64_t plane = in.height * in.width;
    for (std::int64_t y = rows.begin; y < rows.end; ++y) {
        const float* const from = read_row(in, y, buffer);
        for (std::int64_t c = 0; c < in.channels; ++c) {
            float* const to = planes + (c * plane) + (y * in.width);
            for (std::int64_t x = 0; x < in.width; ++x) {
                to[x] = from[(x * in.channels) + c];
            }
        }
    }
}

Rows joined(Rows a, Rows b) {
    if (a.count() == 0 || b.count() == 0) {
        return a.count() == 0 ? b : a;
    }
    return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

class Runner {
  public:
    Runner(const Program& program, const Plan& plan, const RunData& data)
        : program_(program)
        , plan_(plan)
        , data_(data) {}

    /// The band's rows of a stage's result, and before them all rows that they are made of and that are not
    /// in memory.
    void run_band(std::size_t stage, std::size_t band, Worker& worker) const {
        const StagePlan& planned = plan_.stages[stage];
        const std::vector<int>& steps = program_.stages[stage].steps;
        const auto begin = static_cast<std::int64_t>(band) * planned.band;
        const Rows rows{begin, std::min(begin + planned.band, planned.height)};
        find_rows(steps, rows, worker);
        place_windows(steps, worker);
        for (const int s : steps) {
            const Step& step = program_.steps[at(s)];
            run_step(step, s == steps.back() ? rows : worker.rows[at(step.value)], worker);
        }
        for (const int s : program_.stages[stage].copies) {
            run_step(program_.steps[at(s)], rows, worker);
        }
    }

  private:
    [[nodiscard]] bool is_window(int value) const {
        return !program_.values[at(value)].in_memory && program_.values[at(value)].constant < 0;
    }

    // From the last step back to the first.
    void find_rows(const std::vector<int>& steps, Rows rows, Worker& worker) const {
        for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
            worker.rows[at(program_.steps[at(steps[i])].value)] = {};
        }
        for (auto s = steps.rbegin(); s != steps.rend(); ++s) {
            const Step& step = program_.steps[at(*s)];
            const Rows made = s == steps.rbegin() ? rows : worker.rows[at(step.value)];
            if (made.count() == 0) {
                continue;
            }
            for (std::size_t i = 0; i < step.inputs.size(); ++i) {
                int value = step.inputs[i];
                Rows needed = made;
                if (step.kernel) {
                    const Heights heights{plan_.views[at(value)].height, plan_.views[at(step.value)].height};
                    needed = step.kernel->needs(i, made, heights);
                }
                for (; program_.values[at(value)].source >= 0; value = program_.values[at(value)].source) {
                    needed.begin += program_.values[at(value)].cut.top;
                    needed.end += program_.values[at(value)].cut.top;
                }
                if (is_window(value)) {
                    worker.rows[at(value)] = joined(worker.rows[at(value)], needed);
                }
            }
        }
    }

    void place_windows(const std::vector<int>& steps, Worker& worker) const {
        const auto bytes = [&](int value) {
            const View& view = plan_.views[at(value)];
            const std::size_t size =
                static_cast<std::size_t>(worker.rows[at(value)].count() * view.row_stride) *
                bytes_of(view.element);
            return (size + cache_line_bytes - 1) / cache_line_bytes * cache_line_bytes;
        };
        std::size_t total = 0;
        for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
            total += bytes(program_.steps[at(steps[i])].value);
        }
        std::byte* next = worker.windows.bytes(total);
        for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
            const int value = program_.steps[at(steps[i])].value;
            worker.views[at(value)].data = next;
            worker.views[at(value)].first_row = worker.rows[at(value)].begin;
            next += bytes(value);
        }
    }

    // Of a value, or of the part of one that it is.
    [[nodiscard]] View view_of(int value, const Worker& worker) const {
        const int source = program_.values[at(value)].source;
        if (source < 0 || !is_window(memory_of(program_, value))) {
            return worker.views[at(value)];
        }
        std::vector<int> parts; // from that which has memory to the value
        for (int part = value; program_.values[at(part)].source >= 0;
             part = program_.values[at(part)].source) {
            parts.insert(parts.begin(), part);
        }
        View view = worker.views[at(memory_of(program_, value))];
        for (const int part : parts) {
            view = part_of(view, program_.values[at(part)], plan_.views[at(part)]);
        }
        return view;
    }

    void run_step(const Step& step, Rows rows, Worker& worker) const {
        if (rows.count() == 0) {
            return;
        }
        if (step.value < 0) {
            to_planar(view_of(step.inputs[0], worker), data_.result, rows, worker.kernel);
        } else if (!step.kernel) {
            const float* const planes = step.given < 0 ? data_.picture : data_.given[at(step.given)];
            from_planar(planes, view_of(step.value, worker), rows, worker.kernel);
        } else {
            std::array<View, 2> in;
            for (std::size_t i = 0; i < step.inputs.size(); ++i) {
                in.at(i) = view_of(step.inputs[i], worker);
            }
            step.kernel->run(
                {in.data(), step.inputs.size()}, view_of(step.value, worker), rows, worker.kernel);
        }
    }

    const Program& program_;
    const Plan& plan_;
    const RunData& data_;
};

std::string name_of(const Program& program, const Stage& stage) {
    const Step& last = program.steps[at(stage.steps.back())];
    return last.kernel ? last.kernel->name() : last.value < 0 ? "output" : "input";
}

/// Seconds by kind of stage, for the log.
class Profile {
  public:
    void add(const std::string& name, std::chrono::steady_clock::duration time) {
        auto& [count, seconds] = times_[name];
        ++count;
        seconds += std::chrono::duration<double>(time).count();
    }

    void log() const {
        for (const auto& [name, time] : times_) {
            constexpr double millisecond = 1e-3;
            kizuna::log(
                LogLevel::debug,
                fmt::format("{} × {}: {:.1f} ms", time.first, name, time.second / millisecond));
        }
    }

  private:
    std::map<std::string, std::pair<int, double>> times_;
};

void prepare(const Program& program, const Plan& plan, Arena& arena, int workers) {
    std::byte* const base = arena.values.bytes(plan.bytes);
    std::vector<View> views = plan.views;
    for (std::size_t v = 0; v < views.size(); ++v) {
        const Value& value = program.values[v];
        const Value& root = program.values[at(memory_of(program, static_cast<int>(v)))];
        if (root.constant >= 0) {
            // Only kernels that read it are given this view.
            views[v].data = reinterpret_cast<std::byte*>(
                const_cast<float*>(program.constants[at(root.constant)]
                                       .data())); // NOLINT(cppcoreguidelines-pro-type-const-cast)
            views[v].data += plan.offsets[v];
        } else if (value.in_memory || root.in_memory) {
            views[v].data = base + plan.offsets[v];
        }
    }
    arena.workers.resize(std::max(arena.workers.size(), static_cast<std::size_t>(workers)));
    for (Worker& worker : arena.workers) {
        worker.views = views;
        worker.rows.assign(views.size(), {});
    }
}

} // namespace

void run_plan(
    const Program& program, const Plan& plan, const RunData& data, Arena& arena, const Team& team,
    const CancelToken& cancel) {
    prepare(program, plan, arena, team.size());
    const Runner runner(program, plan, data);
    Profile profile;
    for (std::size_t stage = 0; stage < program.stages.size(); ++stage) {
        const auto start = std::chrono::steady_clock::now();
        team.run(plan.stages[stage].bands(), [&](std::size_t band, int worker) {
            throw_if_cancelled(cancel);
            runner.run_band(stage, band, arena.workers[at(worker)]);
        });
        profile.add(name_of(program, program.stages[stage]), std::chrono::steady_clock::now() - start);
    }
    profile.log();
}

} // namespace kizuna::cpu
