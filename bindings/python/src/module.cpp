#include "bindings.hpp"
#include "errors.hpp"
#include "long_call.hpp"

#include <kizuna/version.hpp>

PYBIND11_MODULE(_kizuna, module) {
    using namespace kizuna_python;
    module.doc() = "The library libkizuna. Use the package `kizuna`.";
    bind_errors(module);
    bind_settings(module);
    bind_models(module);
    bind_devices(module);
    bind_files(module);
    bind_upscaler(module);
    bind_jobs(module);
    bind_log(module);
    module.def("version", &kizuna::version);
    module.def("end_long_calls", &end_long_calls);
}
