#include "service/cards.hpp"

#include "base/system.hpp"

#include <array>
#include <dlfcn.h>
#include <fstream>
#include <unistd.h>

namespace kizuna {

namespace {

/// Open until the process ends: drivers' libraries do not like to be closed.
class DriverLibrary {
  public:
    explicit DriverLibrary(const char* file)
        : handle_(::dlopen(file, RTLD_NOW | RTLD_LOCAL)) {}

    [[nodiscard]] bool is_open() const { return handle_ != nullptr; }

    /// Calls its function of this name, whose parameters are exactly of these types. True where there is one
    /// and it gives 0: both CUDA's driver and NVML say so that all is well.
    template <typename... Parameters>
    [[nodiscard]] bool call(const char* name, Parameters... parameters) const {
        using Function = int(Parameters...);
        auto* const function = reinterpret_cast<Function*>(::dlsym(handle_, name));
        return function != nullptr && function(parameters...) == 0;
    }

  private:
    void* handle_;
};

using Text = std::array<char, 96>; // NVML's longest names

/// nvmlMemory_t.
struct NvmlMemory {
    unsigned long long total = 0;
    unsigned long long free = 0;
    unsigned long long used = 0;
};

/// Where on the bus the card of CUDA's number is, which NVML counts in another way. Empty if it is nowhere.
std::string bus_address(const DriverLibrary& cuda, int number) {
    int device = 0;
    Text address{};
    const bool is_known =
        cuda.call("cuInit", 0U) && cuda.call("cuDeviceGet", &device, number) &&
        cuda.call("cuDeviceGetPCIBusId", address.data(), static_cast<int>(address.size()), device);
    return is_known ? address.data() : "";
}

} // namespace

std::optional<Card> nvidia_card(int number, const char* cuda_file, const char* nvml_file) {
    const DriverLibrary cuda(cuda_file);
    const DriverLibrary nvml(nvml_file);
    if (!cuda.is_open() || !nvml.is_open()) {
        return std::nullopt;
    }
    const std::string address = bus_address(cuda, number);
    void* device = nullptr;
    if (address.empty() || !nvml.call("nvmlInit_v2") ||
        !nvml.call("nvmlDeviceGetHandleByPciBusId_v2", address.c_str(), &device)) {
        return std::nullopt;
    }
    Card card;
    Text text{};
    const auto size = static_cast<unsigned>(text.size());
    if (nvml.call("nvmlDeviceGetName", device, text.data(), size)) {
        card.name = text.data();
    }
    if (nvml.call("nvmlSystemGetDriverVersion", text.data(), size)) {
        card.driver = text.data();
    }
    NvmlMemory memory;
    if (nvml.call("nvmlDeviceGetMemoryInfo", device, &memory)) {
        card.total_memory_bytes = memory.total;
        card.free_memory_bytes = memory.free;
    }
    return card;
}

Card processor() {
    Card card;
    std::ifstream facts("/proc/cpuinfo");
    for (std::string line; card.name.empty() && std::getline(facts, line);) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos) {
            card.name = line.substr(colon + 2);
        }
    }
    const auto pages = ::sysconf(_SC_PHYS_PAGES);
    const auto page_bytes = ::sysconf(_SC_PAGESIZE);
    if (pages > 0 && page_bytes > 0) {
        card.total_memory_bytes = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
    }
    card.free_memory_bytes = available_memory_bytes();
    return card;
}

bool is_on_processor(std::string_view provider) {
    return provider == "cpu" || provider == "ort-cpu";
}

std::optional<Card> card_of(std::string_view provider, int number) {
    if (provider == "cuda" || provider == "tensorrt") {
        return nvidia_card(number);
    }
    if (provider == "webgpu") {
        return vulkan_card();
    }
    if (is_on_processor(provider)) {
        return processor();
    }
    return std::nullopt;
}

std::uint64_t free_memory_of(std::string_view provider, int number) {
    const auto card = card_of(provider, number);
    return card ? card->free_memory_bytes : 0;
}

} // namespace kizuna
