#include "engine/registry.hpp"

#include "engine/cpu/engine.hpp"
#include "engine/onnxruntime/engine.hpp"

#include <vector>

namespace kizuna {

namespace {

std::vector<std::unique_ptr<Engine>> make_engines() {
    std::vector<std::unique_ptr<Engine>> list;
    list.push_back(make_cpu_engine());
    list.push_back(make_onnxruntime_engine());
    return list;
}

} // namespace

std::span<const std::unique_ptr<Engine>> engines() {
    static const std::vector<std::unique_ptr<Engine>> list = make_engines();
    return list;
}

} // namespace kizuna
