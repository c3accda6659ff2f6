#include "bindings.hpp"
#include "errors.hpp"

#include <deque>
#include <kizuna/log.hpp>
#include <mutex>
#include <string>
#include <utility>

namespace py = pybind11;

namespace kizuna_python {

namespace {

/// What the library's threads have said, until Python takes it: see Events.
struct Said {
    std::mutex mutex;
    std::deque<std::pair<kizuna::LogLevel, std::string>> lines;
};

Said& said() {
    static auto* const lines = new Said; // never deleted: the library may speak while the process ends
    return *lines;
}

void keep(kizuna::LogLevel level, std::string_view line) {
    constexpr std::size_t most = 1000; // a host that never looks
    const std::lock_guard lock(said().mutex);
    if (said().lines.size() < most) {
        said().lines.emplace_back(level, line);
    }
}

int level_in_python(kizuna::LogLevel level) {
    constexpr int debug = 10;
    constexpr int info = 20;
    constexpr int warning = 30;
    return level == kizuna::LogLevel::debug ? debug : level == kizuna::LogLevel::info ? info : warning;
}

/// [(level of `logging`, line)]
py::list take_log() {
    std::deque<std::pair<kizuna::LogLevel, std::string>> lines;
    {
        const std::lock_guard lock(said().mutex);
        lines.swap(said().lines);
    }
    py::list result;
    for (const auto& [level, line] : lines) {
        result.append(py::make_tuple(level_in_python(level), text(line)));
    }
    return result;
}

} // namespace

void bind_log(py::module_& module) {
    kizuna::set_log_callback(&keep);
    module.def("take_log", &take_log);
}

} // namespace kizuna_python
