#include "service/cards.hpp"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <vector>

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>

namespace kizuna {

namespace {

/// Vulkan, open until the process ends.
class Vulkan {
  public:
    Vulkan() {
        void* const library = ::dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) {
            return;
        }
        get_ = reinterpret_cast<PFN_vkGetInstanceProcAddr>(::dlsym(library, "vkGetInstanceProcAddr"));
        const VkApplicationInfo program{
            .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_1};
        const VkInstanceCreateInfo info{
            .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &program};
        const auto create = function<PFN_vkCreateInstance>("vkCreateInstance");
        if (create == nullptr || create(&info, nullptr, &instance_) != VK_SUCCESS) {
            instance_ = VK_NULL_HANDLE;
        }
    }

    [[nodiscard]] bool is_open() const { return instance_ != VK_NULL_HANDLE; }

    template <typename Function>
    [[nodiscard]] Function function(const char* name) const {
        return get_ != nullptr ? reinterpret_cast<Function>(get_(instance_, name)) : nullptr;
    }

    [[nodiscard]] std::vector<VkPhysicalDevice> devices() const {
        const auto enumerate = function<PFN_vkEnumeratePhysicalDevices>("vkEnumeratePhysicalDevices");
        std::uint32_t count = 0;
        enumerate(instance_, &count, nullptr);
        std::vector<VkPhysicalDevice> devices(count);
        enumerate(instance_, &count, devices.data());
        devices.resize(count);
        return devices;
    }

    [[nodiscard]] bool tells_budget(VkPhysicalDevice device) const {
        const auto enumerate =
            function<PFN_vkEnumerateDeviceExtensionProperties>("vkEnumerateDeviceExtensionProperties");
        std::uint32_t count = 0;
        enumerate(device, nullptr, &count, nullptr);
        std::vector<VkExtensionProperties> extensions(count);
        enumerate(device, nullptr, &count, extensions.data());
        return std::any_of(extensions.begin(), extensions.end(), [](const VkExtensionProperties& extension) {
            return std::strcmp(extension.extensionName, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME) == 0;
        });
    }

  private:
    PFN_vkGetInstanceProcAddr get_ = nullptr;
    VkInstance instance_ = VK_NULL_HANDLE;
};

/// Cards of their own before those in the processor before what only pretends to be one.
int rank(const VkPhysicalDeviceProperties& device) {
    switch (device.deviceType) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
        return 3;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
        return 2;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
        return 1;
    default:
        return 0;
    }
}

void add_memory(const Vulkan& vulkan, VkPhysicalDevice device, Card& card) {
    VkPhysicalDeviceMemoryBudgetPropertiesEXT budget{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT};
    VkPhysicalDeviceMemoryProperties2 memory{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2};
    const bool tells_budget = vulkan.tells_budget(device);
    memory.pNext = tells_budget ? &budget : nullptr;
    vulkan.function<PFN_vkGetPhysicalDeviceMemoryProperties2>("vkGetPhysicalDeviceMemoryProperties2")(
        device, &memory);
    for (std::uint32_t heap = 0; heap < memory.memoryProperties.memoryHeapCount; ++heap) {
        const VkMemoryHeap& properties = memory.memoryProperties.memoryHeaps[heap];
        if ((properties.flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) == 0) {
            continue;
        }
        card.total_memory_bytes += properties.size;
        if (tells_budget && budget.heapBudget[heap] > budget.heapUsage[heap]) {
            card.free_memory_bytes += budget.heapBudget[heap] - budget.heapUsage[heap];
        }
    }
}

} // namespace

std::optional<Card> vulkan_card() {
    static const Vulkan vulkan;
    if (!vulkan.is_open()) {
        return std::nullopt;
    }
    const auto properties_of =
        vulkan.function<PFN_vkGetPhysicalDeviceProperties2>("vkGetPhysicalDeviceProperties2");
    std::optional<Card> best;
    int best_rank = -1;
    for (VkPhysicalDevice device : vulkan.devices()) {
        VkPhysicalDeviceDriverProperties driver{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
        VkPhysicalDeviceProperties2 properties{
            .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &driver};
        properties_of(device, &properties);
        if (rank(properties.properties) <= best_rank) {
            continue;
        }
        best_rank = rank(properties.properties);
        best.emplace();
        best->name = properties.properties.deviceName;
        best->driver = std::string(driver.driverName) + " " + driver.driverInfo;
        add_memory(vulkan, device, *best);
    }
    return best;
}

} // namespace kizuna
