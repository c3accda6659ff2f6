#include "engine/cpu/lowering.hpp"
#include "graph/channels.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace kizuna::cpu {

namespace {

/// A range of channels that begins here in the memory of this Concat.
struct Place {
    int concat = -1;
    int channel = 0;
};

class Placement {
  public:
    Placement(Program& program, const std::vector<int>& concats)
        : program_(program)
        , concats_(concats)
        , channels_(channel_counts(program.graph))
        , last_reads_(last_reads()) {
        find_makers();
    }

    void place() {
        // The widest first: dense networks join the same values again and again, each time one more, so that
        // the narrower ones are the first channels of the widest.
        std::vector<int> order = concats_;
        std::stable_sort(
            order.begin(), order.end(), [&](int a, int b) { return channels_[at(a)] > channels_[at(b)]; });
        for (const int concat : order) {
            if (!lies_in_another(concat)) {
                place_parts(concat);
            }
        }
        insert_copies();
    }

  private:
    void find_makers() {
        const std::size_t nodes = program_.graph.nodes.size();
        is_made_.assign(nodes, false);
        complete_.assign(nodes, 0);
        for (std::size_t s = 0; s < program_.steps.size(); ++s) {
            const int value = program_.steps[s].value;
            if (value >= 0 && is_of_node(value)) {
                const auto node = at(program_.values[at(value)].node);
                is_made_[node] = true;
                complete_[node] = s;
            }
        }
        for (std::size_t i = 0; i < nodes; ++i) {
            if (!is_made_[i]) { // a Concat, a slice or a crop
                for (const int input : program_.graph.nodes[i].inputs) {
                    complete_[i] = std::max(complete_[i], complete_[at(input)]);
                }
            }
        }
    }

    // The node's own value, or one with more channels that holds it.
    [[nodiscard]] bool is_of_node(int value) const {
        return std::cmp_less(value, program_.graph.nodes.size()) || program_.values[at(value)].channels > 0;
    }

    // The last step that reads each node's value, or something that lies in its memory.
    [[nodiscard]] std::vector<std::size_t> last_reads() const {
        const std::size_t nodes = program_.graph.nodes.size();
        std::vector<std::size_t> last(nodes);
        for (std::size_t s = 0; s < program_.steps.size(); ++s) {
            for (const int input : program_.steps[s].inputs) {
                if (std::cmp_less(input, nodes)) {
                    last[at(input)] = s;
                }
            }
        }
        for (std::size_t i = nodes; i-- > 0;) {
            const Operator& op = program_.graph.nodes[i].op;
            if (std::holds_alternative<Concat>(op) || std::holds_alternative<SliceChannels>(op) ||
                std::holds_alternative<Crop>(op)) {
                for (const int input : program_.graph.nodes[i].inputs) {
                    last[at(input)] = std::max(last[at(input)], last[i]);
                }
            }
        }
        return last;
    }

    [[nodiscard]] const std::vector<int>& parts(int concat) const {
        return program_.graph.nodes[at(concat)].inputs;
    }

    [[nodiscard]] bool lies_in_another(int concat) {
        for (const Place& first : places_[parts(concat)[0]]) {
            if (program_.values[at(first.concat)].element == program_.values[at(concat)].element &&
                all_lie_behind(concat, first)) {
                Value& value = program_.values[at(concat)];
                value.source = first.concat;
                value.channel = first.channel;
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] bool all_lie_behind(int concat, const Place& first) const {
        int channel = first.channel;
        return std::all_of(parts(concat).begin(), parts(concat).end(), [&](int part) {
            const auto there = part_at_.find({first.concat, channel});
            channel += static_cast<int>(channels_[at(part)]);
            return there != part_at_.end() && there->second == part;
        });
    }

    void place_parts(int concat) {
        int channel = 0;
        for (const int part : parts(concat)) {
            if (may_lie_in(part, concat)) {
                program_.values[at(part)].source = concat;
                program_.values[at(part)].channel = channel;
            } else {
                copy(part, concat, channel);
            }
            part_at_[{concat, channel}] = part;
            note_place(part, {concat, channel});
            channel += static_cast<int>(channels_[at(part)]);
        }
    }

    // Few of them, or joining one value again and again would take time by the cube of how often.
    void note_place(int part, const Place& place) {
        constexpr std::size_t enough = 8; // dense networks need one
        std::vector<Place>& places = places_[part];
        if (places.size() < enough && (places.empty() || places.back().concat != place.concat)) {
            places.push_back(place);
        }
    }

    // Only what is not needed longer than the whole: else the whole's memory would be held for a part's sake.
    [[nodiscard]] bool may_lie_in(int part, int concat) const {
        const Value& value = program_.values[at(part)];
        return value.source < 0 && is_made_[at(part)] &&
               value.element == program_.values[at(concat)].element &&
               last_reads_[at(part)] <= last_reads_[at(concat)];
    }

    void copy(int part, int concat, int channel) {
        const int copied = static_cast<int>(program_.values.size());
        Value value;
        value.node = part;
        value.element = program_.values[at(concat)].element;
        value.source = concat;
        value.channel = channel;
        program_.values.push_back(value);
        Step step;
        step.value = copied;
        step.inputs = {part};
        step.kernel = make_copy();
        copies_.push_back(std::move(step));
    }

    // Each copy right behind the step that completes what it copies; what no step makes is there from the
    // start. A concatenated value may be copied itself: its parts, which come before it, are copied first.
    void insert_copies() {
        std::sort(
            copies_.begin(), copies_.end(), [&](const Step& a, const Step& b) { return key(a) < key(b); });
        std::vector<Step> steps;
        auto next = copies_.begin();
        for (std::size_t s = 0; s < program_.steps.size(); ++s) {
            steps.push_back(std::move(program_.steps[s]));
            for (; next != copies_.end() && complete_[at(next->inputs[0])] == s; ++next) {
                steps.push_back(std::move(*next));
            }
        }
        program_.steps = std::move(steps);
    }

    [[nodiscard]] std::array<std::size_t, 3> key(const Step& copy) const {
        return {complete_[at(copy.inputs[0])], at(copy.inputs[0]), at(copy.value)};
    }

    Program& program_;
    const std::vector<int>& concats_;
    std::vector<std::int64_t> channels_;
    std::vector<std::size_t> last_reads_;
    std::vector<bool> is_made_;                  // by a step
    std::vector<std::size_t> complete_;          // the step after which a node's value is there
    std::map<int, std::vector<Place>> places_;   // of a part: where others may begin that begin with it
    std::map<std::pair<int, int>, int> part_at_; // by Concat and first channel
    std::vector<Step> copies_;
};

} // namespace

void place_concats(Program& program, const std::vector<int>& concats) {
    Placement(program, concats).place();
}

} // namespace kizuna::cpu
