#include "engine/absent_engine.hpp"
#include "engine/onnxruntime/engine.hpp"
#include "engine/onnxruntime/provider_table.hpp"

// Takes the place of engine.cpp where ONNX Runtime's headers were not found when this was built.
namespace kizuna {

std::unique_ptr<Engine> make_onnxruntime_engine() {
    return std::make_unique<AbsentEngine>(
        "ONNX Runtime", ort::list_providers(),
        "this build has no ONNX Runtime: its headers were not found when it was configured");
}

} // namespace kizuna
