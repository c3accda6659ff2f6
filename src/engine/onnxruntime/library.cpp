#include "engine/onnxruntime/library.hpp"

#include "base/log.hpp"
#include "base/system.hpp"

#include "kizuna/error.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna::ort {

namespace {

#if defined(__APPLE__)
constexpr const char* file_name = "libonnxruntime.1.dylib";
#else
constexpr const char* file_name = "libonnxruntime.so.1";
#endif

Error unavailable(const std::string& why) {
    return {ErrorCode::device_unavailable, why};
}

// Places of our own come first, so that a system's older release is not taken instead.
std::vector<std::string> candidates() {
    std::vector<std::string> found;
    if (const std::filesystem::path folder = module_folder(); !folder.empty()) {
        const std::filesystem::path beside = folder / "kizuna" / file_name;
        const std::filesystem::path in_lib = folder.parent_path() / "lib" / "kizuna" / file_name;
        const std::filesystem::path in_libdir = folder.parent_path() / KIZUNA_LIBDIR / "kizuna" / file_name;
        for (const std::filesystem::path& path : {beside, in_lib, in_libdir}) {
            if (std::find(found.begin(), found.end(), path.string()) == found.end()) {
                found.push_back(path.string());
            }
        }
    }
    found.emplace_back(file_name);
    return found;
}

// The handle is never closed: threads and static objects of the library may live until the process ends.
void* open_first(const std::vector<std::string>& paths, std::string& opened) {
    std::vector<std::string> problems;
    for (const std::string& path : paths) {
        if (void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); handle != nullptr) {
            opened = path;
            return handle;
        }
        problems.emplace_back(::dlerror());
    }
    throw unavailable(fmt::format(
        "ONNX Runtime could not be opened; set KIZUNA_ONNXRUNTIME to its shared library. Tried: {}",
        fmt::join(problems, "; ")));
}

void* open_library(std::string& opened) {
    const char* chosen = std::getenv("KIZUNA_ONNXRUNTIME");
    if (chosen == nullptr || *chosen == '\0') {
        return open_first(candidates(), opened);
    }
    opened = chosen;
    void* handle = ::dlopen(chosen, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        throw unavailable(
            fmt::format("KIZUNA_ONNXRUNTIME names a file that cannot be opened: {}", ::dlerror()));
    }
    return handle;
}

// Official releases from 1.29 on report their use to their maker, on Linux, too, unless this stands in the
// environment when they start; DisableTelemetryEvents comes too late for the first reports. Nothing leaves
// this machine. A host that has set it already has its environment left alone.
void forbid_telemetry() {
    constexpr const char* name = "ORT_DISABLE_TELEMETRY";
    if (const char* set = std::getenv(name); set == nullptr || std::string_view(set) != "1") {
        ::setenv(name, "1", 1);
    }
}

const OrtApiBase& api_base(void* handle, const std::string& path) {
    using GetApiBase = const OrtApiBase*(ORT_API_CALL*)();
    const auto get = reinterpret_cast<GetApiBase>(::dlsym(handle, "OrtGetApiBase"));
    if (get == nullptr) {
        throw unavailable(fmt::format("{} is not ONNX Runtime: it has no OrtGetApiBase", path));
    }
    return *get();
}

// It may say much while all is well ("some nodes were not assigned …"): only its errors are worth a warning.
void ORT_API_CALL
forward_log(void*, OrtLoggingLevel severity, const char*, const char*, const char*, const char* message) {
    log(severity >= ORT_LOGGING_LEVEL_ERROR ? LogLevel::warning : LogLevel::debug,
        std::string("ONNX Runtime: ") + message);
}

Library open() {
    forbid_telemetry();
    std::string path;
    void* handle = open_library(path);
    const OrtApiBase& base = api_base(handle, path);
    const OrtApi* api = base.GetApi(ORT_API_VERSION);
    if (api == nullptr) {
        throw unavailable(fmt::format(
            "{} is ONNX Runtime {}, which is too old: 1.{} or newer is needed", path, base.GetVersionString(),
            ORT_API_VERSION));
    }
    Ort::InitApi(api);
    try {
        Ort::Env environment(ORT_LOGGING_LEVEL_WARNING, "kizuna", forward_log, nullptr);
        environment.DisableTelemetryEvents();
        return {base.GetVersionString(), path, std::move(environment)};
    } catch (const Ort::Exception& error) {
        throw unavailable(fmt::format("ONNX Runtime could not start: {}", error.what()));
    }
}

} // namespace

const Library& library() {
    // Never destroyed: its threads would outlive it when a host leaves without waiting for its own.
    static const auto* const instance = new Library(open());
    return *instance;
}

} // namespace kizuna::ort
