#include "card.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <dlfcn.h>

// The few functions of NVML that are needed, declared as its documentation has them.
namespace {

using Device = void*;

struct Memory {
    unsigned long long total = 0;
    unsigned long long free = 0;
    unsigned long long used = 0;
};

constexpr int success = 0;

template <typename Function>
bool find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    return function != nullptr;
}

} // namespace

struct Card::Library {
    int (*memory)(Device, Memory*) = nullptr;
    int (*name)(Device, char*, unsigned) = nullptr;
    int (*driver)(char*, unsigned) = nullptr;
    Device device = nullptr;
};

std::optional<Card> Card::open() {
    void* const handle = ::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL); // never closed
    if (handle == nullptr) {
        return std::nullopt;
    }
    Library library;
    int (*start)() = nullptr;
    int (*device_by_index)(unsigned, Device*) = nullptr;
    const bool has_all = find(handle, "nvmlInit_v2", start) &&
                         find(handle, "nvmlDeviceGetHandleByIndex_v2", device_by_index) &&
                         find(handle, "nvmlDeviceGetMemoryInfo", library.memory) &&
                         find(handle, "nvmlDeviceGetName", library.name) &&
                         find(handle, "nvmlSystemGetDriverVersion", library.driver);
    if (!has_all || start() != success || device_by_index(0, &library.device) != success) {
        return std::nullopt;
    }
    return Card(std::make_shared<const Library>(library));
}

std::string Card::name() const {
    std::array<char, 128> text{};
    return library_->name(library_->device, text.data(), text.size()) == success ? text.data() : "unknown";
}

std::string Card::driver() const {
    std::array<char, 128> text{};
    return library_->driver(text.data(), text.size()) == success ? text.data() : "unknown";
}

std::uint64_t Card::used_bytes() const {
    Memory memory;
    return library_->memory(library_->device, &memory) == success ? memory.used : 0;
}

PeakMemory::PeakMemory(Card card)
    : card_(std::move(card))
    , before_(card_.used_bytes())
    , most_(before_)
    , watcher_([this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            most_ = std::max(most_.load(), card_.used_bytes());
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }) {}

PeakMemory::~PeakMemory() = default;

std::uint64_t PeakMemory::bytes() const {
    return most_.load() - before_;
}
