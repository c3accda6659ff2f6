// host_start LIBRARY NETWORK: opens libkizuna as a plug-in host does, and a network on the processor. Prints
// the milliseconds until the network is ready, and the resident kilobytes that it took.
#include "kizuna/kizuna.h"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <string>

namespace {

long resident_kilobytes() {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.rfind("RssAnon:", 0) == 0) { // what is its own, not pages of libraries and files
            return std::stol(line.substr(std::strlen("RssAnon:")));
        }
    }
    return 0;
}

template <typename Function>
Function* function(void* library, const char* name) {
    return reinterpret_cast<Function*>(::dlsym(library, name));
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        return 2;
    }
    const long before = resident_kilobytes();
    const auto start = std::chrono::steady_clock::now();
    void* const library = ::dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        std::fprintf(stderr, "%s\n", ::dlerror());
        return 1;
    }
    kizuna_model* model = nullptr;
    kizuna_upscaler* upscaler = nullptr;
    kizuna_engine_options options = KIZUNA_ENGINE_OPTIONS_INIT;
    options.provider = "cpu";
    if (function<decltype(kizuna_model_load)>(library, "kizuna_model_load")(argv[2], &model) != KIZUNA_OK ||
        function<decltype(kizuna_upscaler_open)>(library, "kizuna_upscaler_open")(
            model, &options, &upscaler) != KIZUNA_OK) {
        std::fprintf(stderr, "%s\n", function<decltype(kizuna_last_error)>(library, "kizuna_last_error")());
        return 1;
    }
    const std::chrono::duration<double, std::milli> ready = std::chrono::steady_clock::now() - start;
    std::printf("%f %ld\n", ready.count(), resident_kilobytes() - before);
    return 0;
}
