#pragma once

#include "engine/onnxruntime/api.hpp"

#include <string>

namespace kizuna::ort {

/// ONNX Runtime's shared library and its environment, opened at the first call and kept until the process
/// ends.
struct Library {
    std::string version; ///< "1.30.0"
    std::string path;    ///< what was opened
    Ort::Env environment;
};

/// Looks for the library in this order: the path in KIZUNA_ONNXRUNTIME (and nowhere else if that is set),
/// kizuna/ beside or under lib/ beside the folder of this module, then the system's own search. Fills in the
/// functions of api.hpp. Throws Error{device_unavailable} telling where it looked; a later call tries again.
/// Thread-safe.
const Library& library();

} // namespace kizuna::ort
