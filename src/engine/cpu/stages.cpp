#include "engine/cpu/lowering.hpp"

#include <algorithm>
#include <utility>

namespace kizuna::cpu {

namespace {

class Staging {
  public:
    explicit Staging(Program& program)
        : program_(program)
        , readers_(program.values.size())
        , stage_of_(program.steps.size(), -1) {
        for (std::size_t s = 0; s < program_.steps.size(); ++s) {
            for (const int input : program_.steps[s].inputs) {
                readers_[at(memory_of(program_, input))].push_back(static_cast<int>(s));
            }
        }
    }

    // Backwards: a step joins the stage of those that read its value if that is one stage, and if its rows
    // cost little to be made again at the edges of bands.
    void group() {
        for (int s = static_cast<int>(program_.steps.size()) - 1; s >= 0; --s) {
            if (const int stage = stage_to_join(s); stage >= 0) {
                stages_[at(stage)].steps.push_back(s);
                stage_of_[at(s)] = stage;
            } else {
                stage_of_[at(s)] = static_cast<int>(stages_.size());
                stages_.push_back({{s}, {}});
                if (program_.steps[at(s)].value >= 0) {
                    program_.values[at(program_.steps[at(s)].value)].in_memory = true;
                }
            }
        }
        std::reverse(stages_.begin(), stages_.end());
        for (Stage& stage : stages_) {
            std::reverse(stage.steps.begin(), stage.steps.end());
        }
        attach_copies();
        program_.stages = std::move(stages_);
    }

  private:
    [[nodiscard]] int stage_to_join(int s) const {
        const Step& step = program_.steps[at(s)];
        if (step.value < 0 || !step.is_light || program_.values[at(step.value)].source >= 0) {
            return -1;
        }
        const std::vector<int>& readers = readers_[at(step.value)];
        const int stage = stage_of_[at(readers.front())];
        const bool one_stage = std::all_of(readers.begin(), readers.end(), [&](int reader) {
            return stage_of_[at(reader)] == stage && !program_.steps[at(reader)].needs_all;
        });
        return one_stage ? stage : -1;
    }

    // A copy of what a stage has just made is made while it is still in the cache.
    void attach_copies() {
        std::vector<Stage> kept;
        std::vector<int> stage_making(program_.values.size(), -1);
        for (Stage& stage : stages_) {
            const int last = stage.steps.back();
            const Step& step = program_.steps[at(last)];
            const int making =
                stage.steps.size() == 1 && is_copy(step) ? stage_making[at(step.inputs[0])] : -1;
            if (making >= 0) {
                kept[at(making)].copies.push_back(last);
                continue;
            }
            if (step.value >= 0) {
                stage_making[at(step.value)] = static_cast<int>(kept.size());
            }
            kept.push_back(std::move(stage));
        }
        stages_ = std::move(kept);
    }

    [[nodiscard]] bool is_copy(const Step& step) const {
        return step.is_light && step.value >= 0 &&
               std::cmp_greater_equal(step.value, program_.graph.nodes.size());
    }

    Program& program_;
    std::vector<std::vector<int>> readers_; // of each value's memory
    std::vector<int> stage_of_;
    std::vector<Stage> stages_;
};

} // namespace

void make_stages(Program& program) {
    Staging(program).group();
}

} // namespace kizuna::cpu
