#include "engine/onnxruntime/presence.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <string_view>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

namespace fs = std::filesystem;

#if defined(_WIN32)
constexpr std::string_view this_system = "Windows";
#elif defined(__APPLE__)
constexpr std::string_view this_system = "macOS";
#else
constexpr std::string_view this_system = "Linux";
#endif

// CUDA and TensorRT are libraries of their own, which ONNX Runtime opens from the folder it lies in.
std::string missing_library(std::string_view name, const std::string& library_path) {
    const fs::path folder = fs::path(library_path).parent_path();
    std::error_code ignored;
    if (folder.empty() || fs::exists(folder / name, ignored)) { // no folder: the system's search found it
        return {};
    }
    return fmt::format("{} is not beside {}", name, library_path);
}

bool any_exists(std::initializer_list<const char*> paths) {
    std::error_code ignored;
    return std::any_of(
        paths.begin(), paths.end(), [&](const char* path) { return fs::exists(path, ignored); });
}

constexpr const char* card_of_wsl = "/dev/dxg"; // Windows' card inside WSL

// The driver makes the first two with its first use of a card, or at boot; Jetson boards have the others.
bool has_nvidia_card() {
    return any_exists(
        {"/dev/nvidiactl", "/dev/nvidia0", "/proc/driver/nvidia", "/dev/nvhost-gpu", "/dev/nvmap",
         card_of_wsl});
}

bool has_graphics_card() {
    if (any_exists({"/dev/nvidia0", card_of_wsl})) {
        return true;
    }
    std::error_code ignored;
    const fs::directory_iterator nodes("/dev/dri", ignored);
    return std::any_of(begin(nodes), end(nodes), [](const fs::directory_entry& node) {
        return node.path().filename().string().starts_with("renderD");
    });
}

// Who names a Vulkan driver by hand has one that is no card.
bool names_a_vulkan_driver() {
    constexpr std::array variables{"VK_ICD_FILENAMES", "VK_DRIVER_FILES", "VK_ADD_DRIVER_FILES"};
    return std::any_of(
        variables.begin(), variables.end(), [](const char* name) { return std::getenv(name) != nullptr; });
}

#if defined(__linux__)
std::string missing_card(ProviderKind kind) {
    switch (kind) {
    case ProviderKind::tensorrt:
    case ProviderKind::cuda:
        return has_nvidia_card() ? std::string() : "there is no NVIDIA card here, or no driver for it";
    case ProviderKind::webgpu:
        return has_graphics_card() || names_a_vulkan_driver()
                   ? std::string()
                   : "there is no graphics card here (no /dev/dri/renderD*, /dev/nvidia0 or /dev/dxg)";
    case ProviderKind::directml:
    case ProviderKind::coreml:
    case ProviderKind::cpu:
        break;
    }
    return {};
}
#endif

} // namespace

std::string missing_on_this_machine(const ProviderEntry& entry) {
    if (!entry.system.empty() && entry.system != this_system) {
        return fmt::format("it is there on {} only", entry.system);
    }
#if defined(__linux__)
    return missing_card(entry.kind);
#else
    return {};
#endif
}

std::string missing_beside_library(ProviderKind kind, const std::string& library_path) {
#if defined(__linux__)
    if (kind == ProviderKind::tensorrt) {
        return missing_library("libonnxruntime_providers_tensorrt.so", library_path);
    }
    if (kind == ProviderKind::cuda) {
        return missing_library("libonnxruntime_providers_cuda.so", library_path);
    }
#endif
    return {};
}

} // namespace kizuna::ort
