#include "engine/absent_engine.hpp"
#include "engine/cpu/engine.hpp"

// Takes the place of engine.cpp in a build without oneDNN.
namespace kizuna {

std::unique_ptr<Engine> make_cpu_engine() {
    return std::make_unique<AbsentEngine>(
        "Kizuna with oneDNN", std::vector<Provider>{{"cpu", {}, true}},
        "this build has no oneDNN: it was not found when it was configured");
}

} // namespace kizuna
