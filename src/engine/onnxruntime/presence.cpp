#include "engine/onnxruntime/presence.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

namespace fs = std::filesystem;

// CUDA and TensorRT are libraries of their own, which ONNX Runtime opens from the folder it lies in.
std::string missing_library(std::string_view name, const std::string& library_path) {
    const fs::path folder = fs::path(library_path).parent_path();
    std::error_code ignored;
    if (folder.empty() || fs::exists(folder / name, ignored)) { // no folder: the system's search found it
        return {};
    }
    return fmt::format("{} is not beside {}", name, library_path);
}

bool has_graphics_card() {
    constexpr std::array devices{"/dev/nvidia0", "/dev/dxg"}; // the latter is Windows' card inside WSL
    std::error_code ignored;
    if (std::any_of(
            devices.begin(), devices.end(), [&](const char* path) { return fs::exists(path, ignored); })) {
        return true;
    }
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

} // namespace

std::string missing_on_this_machine(const ProviderEntry& entry, const std::string& library_path) {
#if defined(__linux__)
    switch (entry.kind) {
    case ProviderKind::tensorrt:
        return missing_library("libonnxruntime_providers_tensorrt.so", library_path);
    case ProviderKind::cuda:
        return missing_library("libonnxruntime_providers_cuda.so", library_path);
    case ProviderKind::webgpu:
        return has_graphics_card() || names_a_vulkan_driver()
                   ? std::string()
                   : "there is no graphics card here (no /dev/dri/renderD*, /dev/nvidia0 or /dev/dxg)";
    case ProviderKind::directml:
    case ProviderKind::coreml:
    case ProviderKind::cpu:
        break;
    }
#endif
    return {};
}

} // namespace kizuna::ort
